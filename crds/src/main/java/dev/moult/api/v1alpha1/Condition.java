package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A condition, shaped like metav1.Condition. */
@RecordBuilder
@ApiType
public record Condition(
    @JsonPropertyDescription("What it is about, such as Ready. See docs/conditions.md.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z]+$")
        String type,
    @JsonPropertyDescription("True, False or Unknown.") @Required ConditionStatus status,
    @JsonPropertyDescription("The metadata.generation that it was seen at.") @Min(0)
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("When the status last changed, RFC 3339.") @Required
        @Nullable Instant lastTransitionTime,
    @JsonPropertyDescription("Why, in one word for machines. See docs/conditions.md.")
        @Required
        @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z]([A-Za-z0-9]*)$")
        String reason,
    @JsonPropertyDescription("Why, for people.") @Size(max = 4096) @Nullable String message)
    implements ConditionBuilder.With {}
