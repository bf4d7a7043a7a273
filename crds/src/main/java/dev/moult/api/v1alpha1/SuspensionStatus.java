package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How a guest was put aside last. */
@ApiType
public record SuspensionStatus(
    @JsonPropertyDescription("When its state was saved, RFC 3339.") @Nullable Instant savedAt,
    @JsonPropertyDescription(
            "From the stop of its processors until its state was saved, by QEMU's own timestamps,"
                + " such as 4.1ms.")
        @Size(max = 32)
        @Nullable String stop,
    @JsonPropertyDescription("The same in microseconds.") @Min(0) @Nullable Long stopMicros,
    @JsonPropertyDescription("Bytes of the saved state: devices and processors, no memory.") @Min(0)
        @Nullable Long stateBytes,
    @JsonPropertyDescription("Version of the QEMU that saved it, such as 10.0.2.") @Size(max = 64)
        @Nullable String qemuVersion) {}
