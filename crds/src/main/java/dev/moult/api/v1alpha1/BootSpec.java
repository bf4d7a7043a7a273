package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** What the guest boots. */
@ApiType
public record BootSpec(
    @JsonPropertyDescription(
            "Boot a Linux kernel straight. Required. Mutable; takes effect at the next start of"
                + " the guest.")
        @Required
        KernelBoot kernel) {}
