package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A file system that is mounted in the guest, as its guest agent names it. */
@ApiType
public record GuestFileSystem(
    @JsonPropertyDescription("Where it is mounted.") @Required @Size(min = 1, max = 256)
        String mountPoint,
    @JsonPropertyDescription("Its type, such as ext4.") @Size(max = 64) @Nullable String type,
    @JsonPropertyDescription("Its size in bytes, what is used and what is free.") @Min(0)
        @Nullable Long totalBytes) {}
