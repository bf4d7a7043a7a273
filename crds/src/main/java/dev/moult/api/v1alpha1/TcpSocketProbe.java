package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;

/** A connection of the kubelet to the guest. There is no host: it is always the guest. */
@ApiType
public record TcpSocketProbe(
    @JsonPropertyDescription(
            "Port of the guest: a number, or a name of spec.networks[].ports. Required. As its"
                + " probe, mutable.")
        @Required
        @ValidationRule(value = ProbeRules.PORT, message = ProbeRules.NO_PORT)
        IntOrString port) {}
