package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The guest, as the agent sees it. */
@RecordBuilder
@ApiType
public record GuestStatus(
    @JsonPropertyDescription("What the guest does.") @Nullable GuestState state,
    @JsonPropertyDescription("Since when it is in this state, RFC 3339.") @Nullable Instant since,
    @JsonPropertyDescription("The run that this is about; what belongs to another run is ignored.")
        @Size(max = 63)
        @Nullable String runID,
    @JsonPropertyDescription("Why it is in this state, in one word. See docs/conditions.md.")
        @Size(max = 64)
        @Nullable String reason,
    @JsonPropertyDescription("Why it is in this state, for people.") @Size(max = 2048)
        @Nullable String message,
    @JsonPropertyDescription("Name of the VMM pod that holds the guest's state.") @Size(max = 253)
        @Nullable String vmmPod,
    @JsonPropertyDescription("Version of the QEMU in that pod, such as 11.1.3.") @Size(max = 64)
        @Nullable String qemuVersion,
    @JsonPropertyDescription("The metadata.generation of the spec that the guest was started from.")
        @Min(0)
        @Nullable Long generation,
    @JsonPropertyDescription(
            "The latest spec.resetRequestedAt that was served, by a reset of the guest or by its"
                + " start, RFC 3339.")
        @Nullable Instant resetServed,
    @JsonPropertyDescription(
            "What the probes by exec and guestAgentPing show, which the agent asks; absent when the"
                + " guest was started without. Those by httpGet and tcpSocket show in container guest"
                + " of the anchor pod.")
        @Nullable ProbesStatus probes,
    @JsonPropertyDescription(
            "What has become of the latest spec.filesystemFreeze of this run; absent before any.")
        @Nullable FilesystemFreezeStatus filesystemFreeze,
    @JsonPropertyDescription(
            "How the guest was put aside last, by spec.power; absent when it was not in this run.")
        @Nullable SuspensionStatus suspension,
    @JsonPropertyDescription(
            "Version of the guest agent (qemu-guest-agent) that answers in the guest. This and all"
                + " that follows is what that agent tells, absent while none answers.")
        @Size(max = 64)
        @Nullable String agentVersion,
    @JsonPropertyDescription("The guest's operating system.") @Nullable GuestOs os,
    @JsonPropertyDescription("The guest's host name.") @Size(max = 253) @Nullable String hostname,
    @JsonPropertyDescription(
            "The guest's network interfaces but its loopback, sorted by name; at most 16, each with"
                + " at most 16 addresses.")
        @Size(max = 16)
        List<GuestInterface> interfaces,
    @JsonPropertyDescription(
            "The file systems mounted in the guest, sorted by where they are mounted; at most 32.")
        @Size(max = 32)
        List<GuestFileSystem> filesystems)
    implements GuestStatusBuilder.With {
  /** Absent lists, maps and defaults are filled in. */
  public GuestStatus {
    interfaces = interfaces == null ? List.of() : List.copyOf(interfaces);
    filesystems = filesystems == null ? List.of() : List.copyOf(filesystems);
  }
}
