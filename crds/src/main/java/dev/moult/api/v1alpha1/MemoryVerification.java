package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The guest's memory, read twice while the guest stood still. */
@ApiType
public record MemoryVerification(
    @JsonPropertyDescription(
            "CRC32C of all of the guest's memory when the old QEMU was proved stopped, such as"
                + " crc32c:e3069283.")
        @Size(max = 64)
        @Nullable String before,
    @JsonPropertyDescription(
            "The same before the verdict, and so before the new QEMU might run; empty if it did not"
                + " come to that.")
        @Size(max = 64)
        @Nullable String after,
    @JsonPropertyDescription("Size of the memory in bytes.") @Min(0) @Nullable Long bytes,
    @JsonPropertyDescription("How long reading took, both times together, such as 180ms.")
        @Size(max = 32)
        @Nullable String took,
    @JsonPropertyDescription("The same, in microseconds.") @Min(0) @Nullable Long tookMicros) {}
