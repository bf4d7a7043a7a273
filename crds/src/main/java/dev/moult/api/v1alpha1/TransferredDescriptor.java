package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A descriptor that the new QEMU was given. */
@ApiType
public record TransferredDescriptor(
    @JsonPropertyDescription("Its name, such as ram or pc.bios.")
        @Required
        @Size(min = 1, max = 255)
        String name,
    @JsonPropertyDescription("What it is, such as memfd.") @Size(max = 63) @Nullable String kind,
    @JsonPropertyDescription("Its size, in bytes as a quantity.") @Nullable Quantity size,
    @JsonPropertyDescription("Its seals, such as SEAL, SHRINK, GROW.") @Size(max = 8)
        List<String> seals,
    @JsonPropertyDescription(
            "How it came: parked in the anchor, in QEMU's own stream, or opened anew.")
        @Nullable DescriptorVia via) {
  /** Absent lists, maps and defaults are filled in. */
  public TransferredDescriptor {
    seals = seals == null ? List.of() : List.copyOf(seals);
  }
}
