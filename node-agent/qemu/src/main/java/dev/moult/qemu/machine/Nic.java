package dev.moult.qemu.machine;

/**
 * A virtio network card, without option ROM.
 *
 * @param id suffix of its QEMU ids: {@code nic<id>} on {@code net<id>}, such as {@code 0}
 * @param mac {@code 52:54:00:…}, lower case
 * @param mtu the pod network's MTU in bytes, offered to the guest
 * @param queuePairs 1, or more for multi-queue; each is an open file of the tap
 * @param bus {@code pcie.0} on q35, {@code pci.0} on pc
 * @param slot PCI slot on that bus, such as 3
 */
public record Nic(String id, String mac, int mtu, int queuePairs, String bus, int slot) {}
