package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The agent's report of a handoff; with a verdict it is final. */
@RecordBuilder
@ApiType
public record HandoffStatus(
    @JsonPropertyDescription(
            "metadata.uid of this LiveUpdate; a report with another one is not about it.")
        @Size(max = 63)
        @Nullable String uid,
    @JsonPropertyDescription("The VirtualMachine's run in which it took place.") @Size(max = 63)
        @Nullable String runID,
    @JsonPropertyDescription(
            "The final word. Commit: the guest runs on the new QEMU; RollBack: on the old one;"
                + " Refused: nothing was touched; Failed: the guest was lost.")
        @Nullable Verdict verdict,
    @JsonPropertyDescription("Why, in one word. See docs/conditions.md.") @Size(max = 64)
        @Nullable String reason,
    @JsonPropertyDescription("Why, for people.") @Size(max = 4096) @Nullable String message,
    @JsonPropertyDescription("When the verdict was written, RFC 3339.") @Nullable Instant at,
    @JsonPropertyDescription("Version of the old QEMU, as it says itself.") @Size(max = 64)
        @Nullable String fromQemuVersion,
    @JsonPropertyDescription("Version of the new QEMU, as it says itself.") @Size(max = 64)
        @Nullable String toQemuVersion,
    @JsonPropertyDescription("Inode of the memory file under the old QEMU.")
        @Nullable Long ramInode,
    @JsonPropertyDescription(
            "Inode of the memory file under the new QEMU: the same, since nothing is copied.")
        @Nullable Long ramInodeAfter,
    @JsonPropertyDescription(
            "How often the header size of the network tap was put back after the new QEMU's start"
                + " had changed it.")
        @Min(0)
        @Nullable Integer tapRepairs)
    implements HandoffStatusBuilder.With {}
