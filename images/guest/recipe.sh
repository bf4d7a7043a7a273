# shellcheck shell=bash
# A Linux guest that shows that it lives: Debian's cloud kernel as it is, and one static program as init.

guest_suite=bookworm
# Drivers of what a machine may have; images/guest/modules.c decides which of them are loaded.
guest_modules=(button evdev virtio_pci virtio_net virtio_blk virtio_console virtio-rng virtio_scsi pvpanic-pci)

guest_check() { need gcc gcc; } # image

guest_inputs() { # image
  echo "$guest_suite ${guest_modules[*]}"
  echo "$repository/images/guest"
  echo "$repository/images/lib/debian.sh"
  echo "$repository/images/lib/oci.sh"
}

# The module's file; names with - and _ are the same.
guest_module_file() { # modules-directory name
  find "$1" -name "$2.ko" -o -name "${2//_/-}.ko" | head -n 1
}

# The module and all that it needs, in the order to load; copies the files.
guest_module_order() { # modules-directory name target
  local file needed
  file=$(guest_module_file "$1" "$2")
  [[ -n $file ]] || die "this kernel has no module $2"
  for needed in $(objcopy -O binary --only-section=.modinfo "$file" /dev/stdout | tr '\0' '\n' |
    sed -n 's/^depends=//p' | tr ',' ' '); do
    guest_module_order "$1" "$needed" "$3"
  done
  cp "$file" "$3/"
  basename "$file" .ko
}

# Debian's kernel package of the suite, unpacked in DIRECTORY/kernel.
guest_kernel() { # directory
  local directory=$1 package
  debian_update "$directory/apt" "$guest_suite"
  # the suite's own, not the backport
  package=$(debian_apt "$directory/apt" apt-cache -t "$guest_suite" depends linux-image-cloud-amd64 |
    sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
  [[ -n $package ]] || die "linux-image-cloud-amd64 of $guest_suite names no kernel"
  (cd "$directory/apt" && debian_apt "$directory/apt" apt-get download "$package" >>log 2>&1) ||
    die "download of $package failed"
  dpkg-deb --extract "$directory"/apt/linux-image-*.deb "$directory/kernel"
}

guest_initramfs() { # directory; makes directory/initrd.img
  local directory=$1 tree=$1/initramfs module
  need gcc gcc
  need objcopy binutils
  need cpio cpio
  mkdir -p "$tree"/{modules,dev,proc,sys}
  gcc -static -O2 -Wall -Wextra -Werror -std=gnu11 -s -o "$tree/init" "$repository"/images/guest/*.c ||
    die "the guest's init does not compile (a static C library is in libc6-dev)"
  for module in "${guest_modules[@]}"; do
    echo "$module" "$(guest_module_order "$directory/kernel" "$module" "$tree/modules" | awk '!seen[$0]++' | tr '\n' ' ')"
  done >"$tree/modules/order"
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc) | zstd -q -19 >"$directory/initrd.img"
}

guest_make() { # image directory
  local directory=$2
  guest_kernel "$directory"
  guest_initramfs "$directory"
  mkdir -p "$directory/root/boot"
  cp "$directory"/kernel/boot/vmlinuz-* "$directory/root/boot/vmlinuz"
  mv "$directory/initrd.img" "$directory/root/boot/"
  chmod 644 "$directory"/root/boot/*
  oci_layer "$directory/root" "$directory"
  # shellcheck disable=SC2154 # image_name: images/build
  oci_archive "$directory/image.tar" "$image_name" "\"Labels\":{\"org.opencontainers.image.title\":\"Moult's demonstration guest\",\"org.opencontainers.image.version\":\"$(basename "$directory"/kernel/boot/vmlinuz-* | cut -d - -f 2-)\"}" "$directory"
  rm "$directory/layer.tar.zst"
  rm -rf "$directory"/{apt,kernel,initramfs}
}
