package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is: each field has one writer, operator or agent. */
@JsonClassDescription("What is. Written by operator and agent only.")
@RecordBuilder
@ApiType
public record VirtualMachineAutopsyStatus(
    @JsonPropertyDescription(
            "Written by the operator. The metadata.generation that this status is about.")
        @Min(0)
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Written by the operator. Node of the VirtualMachine; written before any agent work."
                + " A selectable field.")
        @Size(max = 253)
        @Nullable String nodeName,
    @JsonPropertyDescription("Written by the operator. Where the autopsy is.")
        @Nullable AutopsyPhase phase,
    @JsonPropertyDescription("Written by the operator. Why it is there, for people.")
        @Size(max = 4096)
        @Nullable String message,
    @JsonPropertyDescription(
            "Written by the operator. When this object is deleted, and nothing is read for it any"
                + " more, RFC 3339.")
        @Nullable Instant expiresAt,
    @JsonPropertyDescription("Written by the agent. What it has read.")
        @Nullable AutopsyFindings findings)
    implements VirtualMachineAutopsyStatusBuilder.With {}
