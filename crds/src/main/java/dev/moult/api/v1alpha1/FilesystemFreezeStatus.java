package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What has become of the latest request to freeze the guest's file systems. */
@ApiType
public record FilesystemFreezeStatus(
    @JsonPropertyDescription("The spec.filesystemFreeze.requestedAt that this is about, RFC 3339.")
        @Nullable Instant requestedAt,
    @JsonPropertyDescription(
            "Freezing: the guest agent is asked to. Frozen: what is on the disks is whole, and"
                + " nothing is written. Thawed: that was so, and is over. Failed: they were not"
                + " frozen.")
        @Nullable FilesystemFreezeState state,
    @JsonPropertyDescription("Since when it is so, RFC 3339.") @Nullable Instant since,
    @JsonPropertyDescription(
            "When they are unfrozen at the latest, RFC 3339, while they are frozen.")
        @Nullable Instant until,
    @JsonPropertyDescription("How many file systems were frozen, as the guest agent says.") @Min(0)
        @Nullable Integer count,
    @JsonPropertyDescription("Why it is so, for people.") @Size(max = 512)
        @Nullable String message) {}
