package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A network that Multus, or another that heeds the same annotation, attaches the anchor pod to. */
@ApiType
public record MultusNetwork(
    @JsonPropertyDescription(
            "Name of the NetworkAttachmentDefinition (k8s.cni.cncf.io/v1), in the VirtualMachine's own"
                + " namespace or as namespace/name. Required. Mutable; takes effect at the next start"
                + " of the guest.")
        @Required
        @Size(min = 1, max = 317)
        @ValidationRule(
            value =
                "self.matches('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?"
                    + "[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$')",
            message =
                "spec.networks[].multus.networkName must be the name of a NetworkAttachmentDefinition,"
                    + " or namespace/name, such as vlan-10 or networks/vlan-10")
        String networkName) {}
