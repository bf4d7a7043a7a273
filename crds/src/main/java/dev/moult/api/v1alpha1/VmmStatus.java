package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** The VMM that runs the guest and the one that the spec asks for. */
@RecordBuilder
@ApiType
public record VmmStatus(
    @JsonPropertyDescription("Name of the VMM pod in charge.") @Size(max = 253)
        @Nullable String pod,
    @JsonPropertyDescription("Its revision; each new VMM pod counts one up.") @Min(1)
        @Nullable Integer revision,
    @JsonPropertyDescription("Its image.") @Size(max = 512) @Nullable String image,
    @JsonPropertyDescription(
            "The image that the spec asks for, the installation's default filled in.")
        @Size(max = 512)
        @Nullable String desiredImage,
    @JsonPropertyDescription("Version of the QEMU that runs the guest, such as 11.1.3.")
        @Size(max = 64)
        @Nullable String qemuVersion)
    implements VmmStatusBuilder.With {}
