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
    @JsonPropertyDescription("When it ended, RFC 3339.") @Nullable Instant at) {}
