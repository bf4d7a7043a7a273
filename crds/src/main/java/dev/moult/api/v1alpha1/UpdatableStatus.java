package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What keeps a live update from being done. */
@ApiType
public record UpdatableStatus(
    @JsonPropertyDescription(
            "Every blocker that is known now; none when a live update can be done.")
        @Size(max = 32)
        @ListMapKeys("reason")
        List<Blocker> blockers) {
  /** Absent lists, maps and defaults are filled in. */
  public UpdatableStatus {
    blockers = blockers == null ? List.of() : List.copyOf(blockers);
  }
}
