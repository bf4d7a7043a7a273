package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the agent has read of a guest's memory, once. */
@RecordBuilder
@ApiType
public record AutopsyFindings(
    @JsonPropertyDescription(
            "metadata.uid of this VirtualMachineAutopsy; findings with another one are not its.")
        @Size(max = 63)
        @Nullable String uid,
    @JsonPropertyDescription("The VirtualMachine's run whose memory was read.") @Size(max = 63)
        @Nullable String runID,
    @JsonPropertyDescription("When it was read, RFC 3339.") @Nullable Instant at,
    @JsonPropertyDescription("Whether the kernel's log was found and read.")
        @Nullable Boolean readable,
    @JsonPropertyDescription("What could not be read, for people; absent if the log was read.")
        @Size(max = 4096)
        @Nullable String message,
    @JsonPropertyDescription("Release of the guest's kernel, such as 6.12.0-1-amd64.")
        @Size(max = 128)
        @Nullable String kernel,
    @JsonPropertyDescription("Lines of the kernel's log.") @Min(0) @Nullable Integer lines,
    @JsonPropertyDescription("Bytes of the kernel's log.") @Min(0) @Nullable Long bytes,
    @JsonPropertyDescription(
            "The end of the kernel's log as dmesg prints it, at most 64 KiB of it. What could"
                + " command a terminal is escaped.")
        @Size(max = 65536)
        @Nullable String log,
    @JsonPropertyDescription("What is missing or was chosen, for people.") @Size(max = 8)
        List<String> remarks) {
  /** Absent lists, maps and defaults are filled in. */
  public AutopsyFindings {
    remarks = remarks == null ? List.of() : List.copyOf(remarks);
  }
}
