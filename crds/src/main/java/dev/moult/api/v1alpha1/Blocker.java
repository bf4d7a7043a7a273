package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Something that keeps a live update from being done. */
@ApiType
public record Blocker(
    @JsonPropertyDescription("The blocker, in one word for machines. See docs/conditions.md.")
        @Required
        @Size(min = 1, max = 64)
        String reason,
    @JsonPropertyDescription("The blocker, for people: what it is and what to do.")
        @Size(max = 2048)
        @Nullable String message) {}
