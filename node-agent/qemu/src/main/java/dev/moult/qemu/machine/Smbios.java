package dev.moult.qemu.machine;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What the guest reads in its SMBIOS tables beside its uuid. Written out, never QEMU's defaults.
 *
 * @param manufacturer of system and chassis, and vendor of the firmware
 * @param product the system's name
 * @param serial the system's serial number; null, and absent in the JSON, for QEMU's empty one
 */
public record Smbios(
    String manufacturer,
    String product,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String serial) {

  /** What every Moult guest sees. */
  public static final Smbios MOULT = new Smbios("Moult", "VirtualMachine", null);

  /** The same with that serial number. */
  public Smbios withSerial(String other) {
    return new Smbios(manufacturer, product, other);
  }
}
