package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One step of an update. Each writer adds its own steps. */
@ApiType
public record TimelineEntry(
    @JsonPropertyDescription("The step. See docs/conditions.md.") @Required @Size(min = 1, max = 63)
        String step,
    @JsonPropertyDescription("When it was reached, RFC 3339.") @Nullable Instant at,
    @JsonPropertyDescription("Time since the start of the update, such as 310ms.") @Size(max = 32)
        @Nullable String offset,
    @JsonPropertyDescription("The same, in microseconds.") @Nullable Long offsetMicros) {}
