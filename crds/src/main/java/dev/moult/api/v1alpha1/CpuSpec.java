package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** The guest's processors. */
@RecordBuilder
@ApiType
public record CpuSpec(
    @JsonPropertyDescription(
            "Number of virtual processors of the guest, 1 to 255. Required. Mutable; takes effect"
                + " at the next start of the guest.")
        @Required
        @Min(1)
        @Max(255)
        Integer cores,
    @JsonPropertyDescription(
            "CPU model: a name that QEMU knows, or host for the node's own processor, which is"
                + " frozen at start into an explicit list of features (KVM only). Default: host with"
                + " KVM, qemu64-v1 with TCG. Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 64)
        @ValidationRule(
            value = "self != 'max'",
            message =
                "spec.cpu.model: max changes with each QEMU and cannot be frozen; write host (KVM"
                    + " only) or a named model such as qemu64-v1 or Skylake-Server-v5")
        @ValidationRule(
            value = "self == 'max' || self.matches('^[A-Za-z0-9][A-Za-z0-9._-]*$')",
            message =
                "spec.cpu.model must be the name of a QEMU CPU model, such as host, qemu64-v1 or"
                    + " Skylake-Server-v5")
        @Nullable String model,
    @JsonPropertyDescription(
            "What the scheduler counts for the guest's processors, in cores (200m is a fifth of"
                + " one). The guest may use more when the node has it. Default: 100m for each core."
                + " Mutable; applied to the next VMM pod.")
        @ValidationRule(
            value =
                "isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",
            message =
                "spec.cpu.request must be a positive quantity of processors, such as 200m or 2")
        @Nullable Quantity request) {}
