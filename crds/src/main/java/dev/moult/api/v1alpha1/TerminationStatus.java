package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How the guest last ended. */
@ApiType
public record TerminationStatus(
    @JsonPropertyDescription("Why it ended, in one word. See docs/conditions.md.")
        @Required
        @Size(min = 1, max = 64)
        String reason,
    @JsonPropertyDescription("Why it ended, for people.") @Size(max = 2048)
        @Nullable String message,
    @JsonPropertyDescription("When it ended, RFC 3339.") @Nullable Instant at,
    @JsonPropertyDescription(
            "When it is started again at the earliest, RFC 3339: 10s after the end, twice as long"
                + " after each further end up to 5m, 10s again after 10 minutes of running. Absent"
                + " when it is not started again by itself.")
        @Nullable Instant retryAt) {}
