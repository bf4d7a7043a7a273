package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What those of a guest's probes show that go by its guest agent. */
@ApiType
public record ProbesStatus(
    @JsonPropertyDescription(
            "When spec.startupProbe succeeded, or the guest began to run if it has none, RFC 3339;"
                + " absent before: the other probes wait.")
        @Nullable Instant startedAt,
    @JsonPropertyDescription(
            "Whether spec.readinessProbe succeeds; true when it does not go by the guest agent.")
        @Nullable Boolean ready,
    @JsonPropertyDescription("The probe that has failed, and has not succeeded since.")
        @Nullable FailedProbe failed,
    @JsonPropertyDescription(
            "When the try began by which it failed, RFC 3339; told again, each time later, while it"
                + " goes on to fail and the guest runs on.")
        @Nullable Instant failedAt,
    @JsonPropertyDescription("Which probe failed last and how, for people, while it fails.")
        @Size(max = 512)
        @Nullable String message) {}
