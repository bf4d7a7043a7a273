package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A disk on a PersistentVolumeClaim, always raw: what the guest writes stays. */
@ApiType
public record PersistentVolumeClaimDisk(
    @JsonPropertyDescription(
            "Name of a PersistentVolumeClaim of this namespace. With volumeMode Filesystem the disk"
                + " is its file disk.img, made at the claim's size if it is absent; with Block it is"
                + " the device. Required. Mutable; takes effect at the next start of the guest.")
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
            value =
                "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
            message =
                "spec.disks[].persistentVolumeClaim.claimName must be the name of a"
                    + " PersistentVolumeClaim, such as web-data")
        String claimName) {}
