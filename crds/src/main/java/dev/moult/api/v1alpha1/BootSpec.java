package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the guest boots: a kernel straight, or its disks by firmware. Exactly one of the two. */
@ApiType
@ValidationRule(
    value = "has(self.kernel) != has(self.firmware)",
    message = "spec.boot must have exactly one of kernel and firmware (BIOS or UEFI)")
@ValidationRule(
    value = "!has(self.uefi) || (has(self.firmware) && self.firmware == 'UEFI')",
    message = "spec.boot.uefi is for firmware: UEFI; set that, or leave uefi out")
public record BootSpec(
    @JsonPropertyDescription(
            "Boot a Linux kernel straight. Either this or firmware. Mutable; takes effect at the"
                + " next start of the guest.")
        @Nullable KernelBoot kernel,
    @JsonPropertyDescription(
            "Boot from a disk by this firmware, which comes with Moult. Either this or kernel."
                + " Mutable; takes effect at the next start of the guest.")
        @Nullable FirmwareType firmware,
    @JsonPropertyDescription(
            "Secure Boot, and a place for UEFI's variables; with firmware: UEFI alone. Default:"
                + " neither. Mutable; takes effect at the next start of the guest.")
        @Nullable UefiSpec uefi) {
  /** Without wishes about UEFI. */
  public BootSpec(@Nullable KernelBoot kernel, @Nullable FirmwareType firmware) {
    this(kernel, firmware, null);
  }
}
