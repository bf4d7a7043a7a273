package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the guest reads of itself in its SMBIOS tables. */
@ApiType
public record SmbiosSpec(
    @JsonPropertyDescription(
            "Serial number of the system, in Linux /sys/class/dmi/id/product_serial: 1 to 64"
                + " printable ASCII characters without commas, and without spaces at its ends."
                + " Default: the VirtualMachine's uid. Mutable; takes effect at the next start of"
                + " the guest.")
        @Size(min = 1, max = 64)
        @ValidationRule(
            value = "self.matches('^[!-+.-~-]([ -+.-~-]*[!-+.-~-])?$')",
            message =
                "spec.smbios.serial must be printable ASCII without commas, and without spaces at"
                    + " its ends, such as SN-0042")
        @Nullable String serial) {}
