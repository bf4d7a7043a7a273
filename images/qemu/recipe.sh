# shellcheck shell=bash
# Debian's QEMU as it is, with the libraries it needs and nothing else: no shell, nothing of ours.

qemu_suite() { # version
  case $1 in
    10.0.2) echo bookworm ;;
    11.1.3) echo trixie ;;
    *) die "no Debian suite is known for QEMU $1" ;;
  esac
}

qemu_check() { qemu_suite "${1#qemu-}" >/dev/null; } # image

qemu_inputs() { # image
  echo "$1 $(qemu_suite "${1#qemu-}")"
  echo "$repository/images/qemu"
  echo "$repository/images/lib/debian.sh"
  echo "$repository/images/lib/oci.sh"
}

qemu_make() { # image directory
  local version=${1#qemu-} directory=$2 codename state found
  codename=$(qemu_suite "$version")
  state=$directory/apt
  debian_update "$state" "$codename"
  found=$(debian_versions "$state" qemu-system-x86)
  grep -q "^1:$version+" <<<"$found" || die "Debian's archive has no QEMU $version for $codename and its" \
    "backports any more, but: ${found//$'\n'/, }. Pin another version in images/qemu/recipe.sh, or set" \
    "MOULT_DEBIAN_MIRROR to a snapshot of the archive."
  rm -rf "$state"
  # From backports: QEMU, and the firmware it asks for; all else from the release.
  debian_root "$directory" "$codename" "Package: src:qemu
Pin: version 1:$version+*
Pin-Priority: 1001

Package: src:seabios
Pin: release n=$codename-backports
Pin-Priority: 1001" qemu-system-x86
  oci_layer "$directory/root" "$directory"
  # shellcheck disable=SC2154 # image_name: images/build
  oci_archive "$directory/image.tar" "$image_name" "\"Labels\":{\"org.opencontainers.image.title\":\"QEMU $version of Debian $codename\",\"org.opencontainers.image.version\":\"$(grep "^1:$version+" <<<"$found" | head -n 1)\"},\"Entrypoint\":[\"/usr/bin/qemu-system-x86_64\"]" "$directory"
  rm "$directory/layer.tar.zst"
}
