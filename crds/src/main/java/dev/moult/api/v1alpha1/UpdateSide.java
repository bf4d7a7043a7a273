package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** One side of a handoff. */
@ApiType
public record UpdateSide(
    @JsonPropertyDescription("Name of the VMM pod.") @Size(max = 253) @Nullable String pod,
    @JsonPropertyDescription(
            "metadata.uid of the VMM pod, for the old side: names come again in the next run.")
        @Size(max = 63)
        @Nullable String uid,
    @JsonPropertyDescription("Its image.") @Size(max = 512) @Nullable String image,
    @JsonPropertyDescription("Version of its QEMU.") @Size(max = 64)
        @Nullable String qemuVersion) {}
