package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A place for UEFI's variables that outlives the guest's runs. */
@ApiType
public record UefiVariables(
    @JsonPropertyDescription(
            "Name of a PersistentVolumeClaim of this namespace, with volumeMode Filesystem. The"
                + " variables are its file <name>-uefi-variables.fd, named after the VirtualMachine;"
                + " with secureBoot it is another one, <name>-uefi-variables-secure.fd. Made if it"
                + " is absent; remove it to begin anew. 1 MiB is enough; the claim may hold a disk"
                + " too, and serve as many VirtualMachines as its access mode allows. Required."
                + " Mutable; takes effect at the next start of the guest.")
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
            value =
                "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
            message =
                "spec.boot.uefi.variables.claimName must be the name of a PersistentVolumeClaim,"
                    + " such as web-firmware")
        String claimName) {}
