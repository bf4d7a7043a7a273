package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The guest's operating system, as its guest agent names it. */
@ApiType
public record GuestOs(
    @JsonPropertyDescription("Short name, ID of os-release, such as debian.") @Size(max = 128)
        @Nullable String id,
    @JsonPropertyDescription("Name, such as Debian GNU/Linux.") @Size(max = 128)
        @Nullable String name,
    @JsonPropertyDescription("Name for people, such as Debian GNU/Linux 13 (trixie).")
        @Size(max = 128)
        @Nullable String prettyName,
    @JsonPropertyDescription("Version, such as 13 (trixie).") @Size(max = 128)
        @Nullable String version,
    @JsonPropertyDescription("Release of its kernel, such as 6.12.43+deb13-cloud-amd64.")
        @Size(max = 128)
        @Nullable String kernelRelease,
    @JsonPropertyDescription("Hardware that its kernel is for, such as x86_64.") @Size(max = 128)
        @Nullable String machine) {}
