# shellcheck shell=bash
# Debian as a disk image for `containerDisk`: cloud-init, ssh, the guest agent; boots by BIOS and by UEFI, also with
# Secure Boot. Made without loop devices and without a boot: partitions are files until the end.

disk_suite=trixie
disk_packages=(
  linux-image-cloud-amd64 initramfs-tools zstd systemd-sysv systemd-resolved libnss-myhostname dbus udev
  cloud-init cloud-guest-utils qemu-guest-agent openssh-server sudo e2fsprogs iproute2 python3-minimal ca-certificates
)
disk_tools=(
  libc-bin e2fsprogs libarchive13t64 dosfstools mtools fdisk qemu-utils grub-common grub-pc-bin grub-efi-amd64-signed shim-signed
)
# Where the partitions begin and end, in MiB, and the size of the disk; cloud-init grows the last one to a larger disk.
disk_bios=1 disk_esp=2 disk_root=18 disk_end=3072
disk_root_uuid=5f0b3c52-6d0e-4d0e-9f57-0d6f756c7401
disk_label=5f0b3c52-6d0e-4d0e-9f57-0d6f756c7400
# What reading a file of the root partition by its UUID needs, and what grub.cfg uses.
disk_grub_modules=(biosdisk part_gpt ext2 search_fs_uuid configfile normal linux serial terminal test minicmd)

disk_check() { :; } # image

disk_inputs() { # image
  echo "$repository/images/debian-disk"
  echo "$repository/images/lib/debian.sh"
  echo "$repository/images/lib/oci.sh"
}

# A program of the tools; it sees $directory, at its path.
disk_in_tools() { # program arguments…
  LC_ALL=C.UTF-8 MOULT_IN_ROOT=$directory "$repository/images/lib/in-root" "$tools" "$@"
}

# A file with the UUID of the root partition put in.
disk_filled() { sed "s/@ROOT@/$disk_root_uuid/g" "$repository/images/debian-disk/$1"; } # file

disk_make_tools() { # directory
  debian_unpack "$1" "$disk_suite" '' "${disk_tools[@]}"
}

# What Debian's packages and the files here make: DIRECTORY/root.tar.
disk_make_tree() { # directory
  local directory=$1 files=$1/files
  debian_apt_settings >"$directory/apt.conf"
  cp -r "$repository/images/debian-disk/files" "$files"
  mkdir -p "$files/boot/grub"
  disk_filled grub.cfg >"$files/boot/grub/grub.cfg"
  disk_filled fstab >"$files/etc/fstab"
  chmod -R u=rwX,go=rX "$files"
  debian_sources "$disk_suite" |
    mmdebstrap --quiet --variant=minbase --mode=root --architectures=amd64 --aptopt="$directory/apt.conf" \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
      --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/i18n/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' --dpkgopt='path-exclude=/usr/share/initramfs-tools/*/udev' \
      --dpkgopt=force-confold --include="$(IFS=,; echo "${disk_packages[*]}")" \
      --essential-hook="cp -r --no-preserve=ownership $files/. \"\$1\"/" \
      --customize-hook="$repository/images/debian-disk/customize" \
      "$disk_suite" - - >"$directory/root.tar" 2>"$directory/log" ||
    die "mmdebstrap of $disk_suite failed: $(tail -n 20 "$directory/log")"
  rm -rf "$files" "$directory/apt.conf"
}

disk_root_partition() {
  # The size of a partition that ends where the second table of partitions begins.
  disk_in_tools mke2fs -q -t ext4 -L root -U "$disk_root_uuid" -E "hash_seed=$disk_root_uuid,root_owner=0:0" -m 1 \
    -d "$directory/root.tar" "$directory/root.ext4" $(((disk_end - disk_root - 1) * 1024))k
}

# The first stage of UEFI: Microsoft's signature is on shim, Debian's on GRUB, which looks below EFI/debian.
disk_esp_partition() {
  local efi=/usr/lib esp=$directory/esp.fat
  disk_filled early.cfg >"$directory/early.cfg"
  truncate -s $((disk_root - disk_esp))M "$esp"
  disk_in_tools mkfs.fat --invariant -n ESP "$esp" >/dev/null
  disk_in_tools mmd -i "$esp" ::EFI ::EFI/BOOT ::EFI/debian
  disk_in_tools mcopy -m -i "$esp" $efi/shim/shimx64.efi.signed ::EFI/BOOT/BOOTX64.EFI
  disk_in_tools mcopy -m -i "$esp" $efi/grub/x86_64-efi-signed/grubx64.efi.signed ::EFI/BOOT/grubx64.efi
  disk_in_tools mcopy -m -i "$esp" "$directory/early.cfg" ::EFI/debian/grub.cfg
}

# Little-endian NUMBER of BYTES into FILE at OFFSET.
disk_poke() { # file offset bytes number
  local i escapes=
  for ((i = 0; i < $3; i++)); do escapes+=$(printf '\\x%02x' $((($4 >> (8 * i)) & 255))); done
  # shellcheck disable=SC2059 # the format is the bytes
  printf "$escapes" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# GRUB for BIOS, as grub-bios-setup would install it: the boot sector is told where the core begins (offset 0x5c, the
# drive check at 0x66 is left out), the core's first sector where the rest of it is (its last 12 bytes).
disk_bios_partition() {
  local grub=/usr/lib/grub/i386-pc core=$directory/core.img boot=$directory/boot.img first=$((disk_bios * 2048)) sectors
  disk_filled early.cfg >"$directory/early.cfg"
  disk_in_tools grub-mkimage -O i386-pc -p /boot/grub -c "$directory/early.cfg" -o "$core" "${disk_grub_modules[@]}"
  truncate -s %512 "$core"
  sectors=$(($(stat -c %s "$core") / 512))
  ((sectors < (disk_esp - disk_bios) * 2048)) || die "GRUB's core is larger than its partition"
  head -c 440 "$tools$grub/boot.img" >"$boot"
  disk_poke "$boot" $((0x5c)) 8 "$first"
  disk_poke "$boot" $((0x66)) 2 $((0x9090))
  disk_poke "$core" $((512 - 12)) 8 $((first + 1))
  disk_poke "$core" $((512 - 4)) 2 $((sectors - 1))
  disk_poke "$core" $((512 - 2)) 2 $((0x820))
}

disk_part() { # file MiB: puts the file into the disk there
  dd if="$1" of="$directory/disk.img" bs=1M seek="$2" conv=sparse,notrunc status=none
}

disk_assemble() {
  truncate -s ${disk_end}M "$directory/disk.img"
  disk_in_tools sfdisk -q "$directory/disk.img" <<EOF
label: gpt
label-id: $disk_label
start=${disk_bios}MiB, size=$((disk_esp - disk_bios))MiB, type=21686148-6449-6E6F-744E-656564454649, uuid=${disk_label%00}02
start=${disk_esp}MiB, size=$((disk_root - disk_esp))MiB, type=uefi, uuid=${disk_label%00}03
start=${disk_root}MiB, size=$((disk_end - disk_root - 1))MiB, type=linux, uuid=${disk_label%00}04
EOF
  dd if="$directory/boot.img" of="$directory/disk.img" bs=440 count=1 conv=notrunc status=none
  disk_part "$directory/core.img" "$disk_bios"
  disk_part "$directory/esp.fat" "$disk_esp"
  disk_part "$directory/root.ext4" "$disk_root"
  mkdir -p "$directory/root/disk"
  disk_in_tools qemu-img convert -m 1 -f raw -O qcow2 "$directory/disk.img" "$directory/root/disk/root.qcow2"
}

disk_make() { # image directory
  local directory=$2 tools tree here=$repository/images/debian-disk
  need mmdebstrap mmdebstrap
  cached disk-tools "$(hash_of "$disk_suite ${disk_tools[*]}" "$repository/images/lib/debian.sh")" disk_make_tools
  tools=$cached_dir/root
  cached disk-tree "$(hash_of "$disk_suite ${disk_packages[*]} $disk_root_uuid" "$(declare -f disk_make_tree)" \
    "$here"/{files,customize,grub.cfg,fstab} "$repository/images/lib/debian.sh")" disk_make_tree
  tree=$cached_dir
  # mke2fs reads the tar where it may look
  ln "$tree/root.tar" "$directory/root.tar"
  disk_root_partition
  disk_esp_partition
  disk_bios_partition
  disk_assemble
  chmod 644 "$directory/root/disk/root.qcow2"
  oci_layer "$directory/root" "$directory"
  # shellcheck disable=SC2154 # image_name: images/build
  oci_archive "$directory/image.tar" "$image_name" "\"Labels\":{\"org.opencontainers.image.title\":\"Debian 13 as a virtual machine's disk\"}" "$directory"
  rm -rf "$directory"/{root.tar,root.ext4,esp.fat,early.cfg,core.img,boot.img,disk.img,layer.tar.zst}
}
