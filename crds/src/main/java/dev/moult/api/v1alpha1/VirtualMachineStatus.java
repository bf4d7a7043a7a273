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
public record VirtualMachineStatus(
    @JsonPropertyDescription(
            "Written by the operator. The metadata.generation that this status is about.")
        @Min(0)
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Written by the operator. This run: the uid of its first anchor pod.")
        @Size(max = 63)
        @Nullable String runID,
    @JsonPropertyDescription("Written by the operator. Where the VirtualMachine is in its life.")
        @Nullable VirtualMachinePhase phase,
    @JsonPropertyDescription(
            "Written by the operator. Node of this run; written before any agent work. A"
                + " selectable field.")
        @Size(max = 253)
        @Nullable String nodeName,
    @JsonPropertyDescription(
            "Written by the operator. IP address of the anchor pod, the same for the whole run.")
        @Size(max = 45)
        @Nullable String address,
    @JsonPropertyDescription("Written by the agent. The guest as the agent of its node sees it.")
        @Nullable GuestStatus guest,
    @JsonPropertyDescription(
            "The guest's hardware, frozen at this start. Written by the agent, but for uid.")
        @Nullable MachineStatus machine,
    @JsonPropertyDescription(
            "Written by the operator. The VMM that runs the guest and the one the spec asks for.")
        @Nullable VmmStatus vmm,
    @JsonPropertyDescription("Written by the operator. Live updates of this VirtualMachine.")
        @Nullable UpdatesStatus updates,
    @JsonPropertyDescription(
            "Written by the operator. How often the guest was started again after it ended by"
                + " itself.")
        @Min(0)
        @Nullable Integer restarts,
    @JsonPropertyDescription(
            "Written by the operator. The latest spec.restartRequestedAt that a start of the guest"
                + " has served, RFC 3339.")
        @Nullable Instant restartServed,
    @JsonPropertyDescription("Written by the operator. How the guest last ended.")
        @Nullable TerminationStatus lastTermination,
    @JsonPropertyDescription(
            "Written by the operator. Why the API server would refuse the VMM pod of a live"
                + " update, found out by a dry run; absent when it would take it. One of"
                + " updatable.blockers.")
        @Nullable Blocker podBlocker,
    @JsonPropertyDescription("Written by the agent. What keeps a live update from being done.")
        @Nullable UpdatableStatus updatable,
    @JsonPropertyDescription(
            "Ready, Running, Paused, Scheduled, UpToDate, RestartRequired, Degraded, Reconciling and"
                + " Stalled written by the operator; AgentReady, GuestAgentConnected and Updatable"
                + " written by the agent.")
        @Size(max = 32)
        @ListMapKeys("type")
        List<Condition> conditions)
    implements VirtualMachineStatusBuilder.With {
  /** Absent lists, maps and defaults are filled in. */
  public VirtualMachineStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
