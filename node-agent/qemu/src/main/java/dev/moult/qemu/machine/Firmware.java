package dev.moult.qemu.machine;

/** Where the guest's firmware comes from. */
public enum Firmware {
  /**
   * The SeaBIOS of A's own image. Its memory (256 KiB in every QEMU of the supported versions) is
   * handed over in the cpr stream, so B runs A's bytes, also after a reboot of the guest.
   */
  BUNDLED,
  /** One file by descriptor, the same for every QEMU of the run. */
  DESCRIPTOR,
  /** OVMF by two descriptors: its code, the same for every QEMU of the run, and its variables. */
  UEFI,
  /**
   * The same with Secure Boot: a code that lets nobody write its variables but itself, in system
   * management mode.
   */
  UEFI_SECURE;

  /** Whether it is two flash chips, code and variables. */
  public boolean isFlash() {
    return this == UEFI || this == UEFI_SECURE;
  }
}
