package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The guest's processors, frozen. */
@ApiType
public record MachineCpu(
    @JsonPropertyDescription("CPU model without its features.") @Size(max = 64)
        @Nullable String model,
    @JsonPropertyDescription("Features that are switched on beside the model's own, sorted.")
        @Size(max = 512)
        List<String> features,
    @JsonPropertyDescription("Number of virtual processors.") @Min(1) @Nullable Integer vcpus) {
  /** Absent lists, maps and defaults are filled in. */
  public MachineCpu {
    features = features == null ? List.of() : List.copyOf(features);
  }
}
