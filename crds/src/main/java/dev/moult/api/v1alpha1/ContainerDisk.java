package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A disk image out of a container image; what the guest writes lasts as long as its run. */
@ApiType
public record ContainerDisk(
    @JsonPropertyDescription(
            "Container image that holds the disk image; mounted into the anchor pod as an image"
                + " volume. Required. Mutable; takes effect at the next start of the guest.")
        @Required
        @Size(min = 1, max = 512)
        String image,
    @JsonPropertyDescription(
            "Absolute path of the disk image inside the container image, without '..', such as"
                + " /disk/root.qcow2. Raw or qcow2, told by its first bytes; a qcow2 that names a"
                + " backing or data file is refused. Required. Mutable; takes effect at the next"
                + " start of the guest.")
        @Required
        @Size(min = 2, max = 1024)
        @ValidationRule(
            value = "self.startsWith('/') && !self.matches('(^|/)[.][.](/|$)')",
            message =
                "spec.disks[].containerDisk.path must be an absolute path inside the image without"
                    + " '..', such as /disk/root.qcow2")
        String path) {}
