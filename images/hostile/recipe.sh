# shellcheck shell=bash
# For tests alone: the image of somebody who wants out of it. Debian's QEMU, with another program in its place and a
# library that its environment loads into the launcher. Never in the chart.

hostile_base=qemu-11.1.3

hostile_check() { need gcc gcc; } # image

hostile_inputs() { # image
  qemu_inputs "$hostile_base"
  echo "$repository/images/hostile"
}

hostile_make() { # image directory
  local directory=$2 base tree=$2/tree
  base=$("$repository/images/build" --root "$hostile_base")
  mkdir -p "$tree/usr/bin" "$tree/usr/lib" "$directory/below" "$directory/above"
  gcc -static -O2 -Wall -Wextra -Werror -std=gnu11 -s -o "$tree/usr/bin/qemu-system-x86_64" \
    "$repository"/images/hostile/{main,peer,launcher,qemu,target,reach}.c || die "the hostile program does not compile"
  gcc -shared -fPIC -nostdlib -O2 -fno-stack-protector -Wall -Wextra -Werror -s -o "$tree/usr/lib/hostile.so" \
    "$repository/images/hostile/preload.c" || die "the hostile library does not compile"
  # What a boot image may hold in the place of a kernel.
  mkdir -p "$tree/boot/directory"
  mknod "$tree/boot/device" c 1 1
  mkfifo "$tree/boot/pipe"
  ln -s /proc/1/root/etc/shadow "$tree/boot/link"
  echo none >"$tree/boot/initrd.img"
  chmod 666 "$tree/boot/device" "$tree/boot/pipe"
  cp "$base/usr/bin/qemu-system-x86_64" "$tree/usr/bin/qemu-real"
  oci_layer "$base" "$directory/below"
  oci_layer "$tree" "$directory/above"
  # shellcheck disable=SC2154 # image_name: images/build
  oci_archive "$directory/image.tar" "$image_name" "\"Labels\":{\"org.opencontainers.image.title\":\"a hostile VMM, for tests\"},\"Env\":[\"LD_PRELOAD=/usr/lib/hostile.so\"],\"Entrypoint\":[\"/usr/bin/qemu-system-x86_64\"]" "$directory/below" "$directory/above"
  rm -r "$directory"/{tree,below,above}
}
