package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** The guest's memory. */
@ValidationRule(
    value =
        "!has(self.hugePageSize) || self.hugePageSize != '1Gi' || !isQuantity(string(self.size)) ||"
            + " !quantity(string(self.size)).isInteger() ||"
            + " quantity(string(self.size)).asInteger() % 1073741824 == 0",
    message =
        "spec.memory.size must be a multiple of spec.memory.hugePageSize: write a multiple of 1Gi,"
            + " such as 2Gi, or hugePageSize: 2Mi")
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
        Quantity size,
    @JsonPropertyDescription(
            "Size of the huge pages that the RAM is made of: 2Mi or 1Gi, of which memory.size must"
                + " be a multiple. The node must have them set aside; they are requested as the"
                + " anchor pod's hugepages-2Mi or hugepages-1Gi. Default: ordinary pages. Mutable;"
                + " takes effect at the next start of the guest.")
        @Nullable HugePageSize hugePageSize) {}
