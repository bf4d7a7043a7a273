package dev.moult.qemu.machine;

/**
 * What the guest reads in its SMBIOS tables beside its uuid. Written out, never QEMU's defaults.
 *
 * @param manufacturer of system and chassis, and vendor of the firmware
 * @param product the system's name
 */
public record Smbios(String manufacturer, String product) {

  /** What every Moult guest sees. */
  public static final Smbios MOULT = new Smbios("Moult", "VirtualMachine");
}
