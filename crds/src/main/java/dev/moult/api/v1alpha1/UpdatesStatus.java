package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Live updates of this VirtualMachine. */
@ApiType
public record UpdatesStatus(
    @JsonPropertyDescription("Number of completed live updates.") @Min(0)
        @Nullable Integer completed,
    @JsonPropertyDescription("How long the guest stood still in the last one, such as 9.4ms.")
        @Size(max = 32)
        @Nullable String lastPause,
    @JsonPropertyDescription("The same, in microseconds.") @Min(0) @Nullable Long lastPauseMicros,
    @JsonPropertyDescription("Name of the last completed LiveUpdate.") @Size(max = 253)
        @Nullable String last) {}
