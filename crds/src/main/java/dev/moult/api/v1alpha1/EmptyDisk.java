package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;

/** A disk that is empty at each start of the guest. */
@ApiType
public record EmptyDisk(
    @JsonPropertyDescription(
            "Size of the disk, in bytes, as a quantity such as 10Gi; a positive multiple of 1Mi. It"
                + " takes space of the node as the guest writes. Required. Mutable; takes effect at"
                + " the next start of the guest.")
        @Required
        // Not int-or-string: the API server reckons such a rule in a list as if each were of 3 MB.
        @SchemaFrom(type = String.class)
        @Size(min = 1, max = 32)
        @ValidationRule(
            value =
                "isQuantity(self) && quantity(self).isInteger() &&"
                    + " quantity(self).isGreaterThan(quantity('0')) &&"
                    + " quantity(self).asInteger() % 1048576 == 0",
            message =
                "spec.disks[].emptyDisk.capacity must be a positive multiple of 1Mi, such as 512Mi or"
                    + " 10Gi")
        Quantity capacity) {}
