package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is: each field has one writer, operator or agent. */
@JsonClassDescription("What is. Written by operator and agent only.")
@RecordBuilder
@ApiType
public record LiveUpdateStatus(
    @JsonPropertyDescription(
            "Written by the operator. The metadata.generation that this status is about.")
        @Min(0)
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Written by the operator. Node of the VirtualMachine; written before any agent work."
                + " A selectable field.")
        @Size(max = 253)
        @Nullable String nodeName,
    @JsonPropertyDescription("Written by the operator. Where the update is.")
        @Nullable LiveUpdatePhase phase,
    @JsonPropertyDescription(
            "Written by the operator. Why it is there, in one word. See docs/conditions.md.")
        @Size(max = 64)
        @Nullable String reason,
    @JsonPropertyDescription("Written by the operator. Why it is there, for people.")
        @Size(max = 4096)
        @Nullable String message,
    @JsonPropertyDescription("Written by the operator. The old VMM.") @Nullable UpdateSide from,
    @JsonPropertyDescription("Written by the operator. The new VMM.") @Nullable UpdateSide to,
    @JsonPropertyDescription("Written by the agent. The handoff; with a verdict it is final.")
        @Nullable HandoffStatus handoff,
    @JsonPropertyDescription(
            "Written by the agent. How long the guest stood still: the old QEMU's STOP to the new"
                + " one's RESUME, by QEMU's own timestamps, such as 9.4ms.")
        @Size(max = 32)
        @Nullable String pause,
    @JsonPropertyDescription("Written by the agent. The same, in microseconds.") @Min(0)
        @Nullable Long pauseMicros,
    @JsonPropertyDescription(
            "Written by the agent. With spec.verifyMemory: the guest's memory while it stood"
                + " still.")
        @Nullable MemoryVerification memory,
    @JsonPropertyDescription(
            "Written by the operator. From RESUME until the new VMM has the CPU that it asked"
                + " for, such as 310ms.")
        @Size(max = 32)
        @Nullable String brownout,
    @JsonPropertyDescription("Written by the operator. The same, in microseconds.") @Min(0)
        @Nullable Long brownoutMicros,
    @JsonPropertyDescription(
            "Written by the operator. From the start of the update to its end, such as 2.1s.")
        @Size(max = 32)
        @Nullable String duration,
    @JsonPropertyDescription("Written by the operator. The same, in microseconds.") @Min(0)
        @Nullable Long durationMicros,
    @JsonPropertyDescription("Written by the operator. When the update started, RFC 3339.")
        @Nullable Instant startedAt,
    @JsonPropertyDescription("Written by the operator. When it ended, RFC 3339.")
        @Nullable Instant finishedAt,
    @JsonPropertyDescription("Written by the agent. What kept the update from being done.")
        @Size(max = 32)
        @ListMapKeys("reason")
        List<Blocker> blockers,
    @JsonPropertyDescription("Written by the agent. The descriptors that the new QEMU was given.")
        @Size(max = 128)
        @ListMapKeys("name")
        List<TransferredDescriptor> descriptors,
    @JsonPropertyDescription(
            "The steps of the update, each written by who took it, operator or agent.")
        @Size(max = 64)
        @ListMapKeys("step")
        List<TimelineEntry> timeline,
    @JsonPropertyDescription(
            "Ready, ResourcesRestored, Reconciling and Stalled written by the operator; Checked"
                + " and Transferred written by the agent.")
        @Size(max = 16)
        @ListMapKeys("type")
        List<Condition> conditions)
    implements LiveUpdateStatusBuilder.With {
  /** Absent lists, maps and defaults are filled in. */
  public LiveUpdateStatus {
    blockers = blockers == null ? List.of() : List.copyOf(blockers);
    descriptors = descriptors == null ? List.of() : List.copyOf(descriptors);
    timeline = timeline == null ? List.of() : List.copyOf(timeline);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
