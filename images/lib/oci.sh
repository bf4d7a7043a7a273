# shellcheck shell=bash
# OCI archives out of directories: a layout is a few files (opencontainers/image-spec, image-layout.md), and
# writing them here keeps a layer that did not change byte for byte the same.

# A time for every file and image, so that the same input gives the same digest.
export SOURCE_DATE_EPOCH=1767225600 # 2026-01-01

# A layer of ROOT in DIRECTORY: `layer.tar.zst`, `layer.diff` and `layer.digest` (sha256 before and after compression).
oci_layer() { # root directory
  local tar=$2/layer.tar
  tar -C "$1" --sort=name --numeric-owner --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" --format=posix \
    --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --xattrs -cf "$tar" .
  sha256sum "$tar" | cut -d ' ' -f 1 >"$2/layer.diff"
  zstd -q -6 -T0 --rm "$tar" -o "$tar.zst"
  sha256sum "$tar.zst" | cut -d ' ' -f 1 >"$2/layer.digest"
}

oci_blob() { # layout file; prints digest
  local digest
  digest=$(sha256sum "$2" | cut -d ' ' -f 1)
  mv "$2" "$1/blobs/sha256/$digest"
  echo "$digest"
}

# ARCHIVE of image NAME from directories with a layer each, lowest first. CONFIG is the inner part of the image's
# `config` (OCI image-spec, config.md) as JSON without braces: Entrypoint, Env and so on. Also writes ARCHIVE's
# manifest digest to ARCHIVE.digest.
oci_archive() { # archive name config layer-directories…
  local archive=$1 name=$2 config=$3 layout digest separator='' diffs='' layers='' layer size
  shift 3
  layout=$(mktemp -d "$(dirname "$archive")/layout.XXXXXX")
  mkdir -p "$layout/blobs/sha256"
  for layer; do
    digest=$(<"$layer/layer.digest") size=$(stat -c %s "$layer/layer.tar.zst")
    cp -l "$layer/layer.tar.zst" "$layout/blobs/sha256/$digest" 2>/dev/null ||
      cp "$layer/layer.tar.zst" "$layout/blobs/sha256/$digest"
    diffs+="$separator\"sha256:$(<"$layer/layer.diff")\""
    layers+="$separator{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+zstd\",\"digest\":\"sha256:$digest\",\"size\":$size}"
    separator=,
  done

  printf '{"created":"%s","architecture":"amd64","os":"linux","config":{%s},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" "$config" "$diffs" >"$layout/config"
  size=$(stat -c %s "$layout/config")
  digest=$(oci_blob "$layout" "$layout/config")

  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%d},"layers":[%s]}' \
    "$digest" "$size" "$layers" >"$layout/manifest"
  size=$(stat -c %s "$layout/manifest")
  digest=$(oci_blob "$layout" "$layout/manifest")

  # containerd takes the name from io.containerd.image.name, podman and skopeo from org.opencontainers.image.ref.name.
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%d,"platform":{"architecture":"amd64","os":"linux"},"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' \
    "$digest" "$size" "$name" "$name" >"$layout/index.json"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  tar -C "$layout" --sort=name --numeric-owner --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" -cf "$archive" \
    oci-layout index.json blobs
  rm -rf "$layout"
  echo "sha256:$digest" >"$archive.digest"
}
