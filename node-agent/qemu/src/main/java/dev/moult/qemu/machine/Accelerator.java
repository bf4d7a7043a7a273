package dev.moult.qemu.machine;

/** What runs the guest's instructions. Frozen: a handoff never changes it. */
public enum Accelerator {
  /** The kernel's, by a descriptor of {@code /dev/kvm}. */
  KVM,
  /** QEMU's own translator. */
  TCG
}
