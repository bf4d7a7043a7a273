package dev.moult.qemu.machine;

/** A device that a whole guest is used to, and one that is given its kernel can do without. */
public enum Extra {
  /** A VGA card: the firmware's and the boot loader's screen. */
  VIDEO,
  /** A source of random numbers. */
  RNG,
  /** A channel to the guest agent in the guest, {@code org.qemu.guest_agent.0}. */
  GUEST_AGENT,
  /** Tells that the guest's kernel has panicked: a pvpanic device. */
  PANIC
}
