package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;

/** The guest's memory. */
@ApiType
public record MemorySpec(
    @JsonPropertyDescription(
            "Size of the guest's RAM, in bytes, as a quantity such as 512Mi or 2Gi; a positive"
                + " multiple of 2Mi. It is allocated whole at the start of the guest and charged to the"
                + " anchor pod, and is never copied by a live update. Required. Mutable; takes effect at"
                + " the next start of the guest.")
        @Required
        @ValidationRule(
            value =
                "isQuantity(string(self)) && quantity(string(self)).isInteger() &&"
                    + " quantity(string(self)).isGreaterThan(quantity('0')) &&"
                    + " quantity(string(self)).asInteger() % 2097152 == 0",
            message = "spec.memory.size must be a positive multiple of 2Mi, such as 512Mi or 2Gi")
        Quantity size) {}
