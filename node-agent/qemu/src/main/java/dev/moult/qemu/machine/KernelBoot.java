package dev.moult.qemu.machine;

/**
 * Direct kernel boot. Kernel and initrd come by descriptor and are read at every start of a QEMU,
 * so that a reboot on B boots the same.
 *
 * @param args the kernel's command line
 * @param initrd whether there is an initrd
 */
public record KernelBoot(String args, boolean initrd) {}
