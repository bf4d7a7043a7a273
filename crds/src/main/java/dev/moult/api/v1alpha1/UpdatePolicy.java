package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** Who asks for live updates, and whether they are held. */
@ApiType
public record UpdatePolicy(
    @JsonPropertyDescription(
            "Automatic: the operator makes a LiveUpdate when the running VMM differs from the"
                + " spec. Manual: only LiveUpdates that somebody creates. Default: Automatic. Mutable at"
                + " any time.")
        @Default("Automatic")
        UpdatePolicyType type,
    @JsonPropertyDescription(
            "True: the operator makes no LiveUpdate for now; one that is under way ends. Default:"
                + " false. Mutable at any time.")
        @Default("false")
        Boolean paused) {
  /** Absent lists, maps and defaults are filled in. */
  public UpdatePolicy {
    type = type == null ? UpdatePolicyType.AUTOMATIC : type;
    paused = paused == null ? Boolean.FALSE : paused;
  }
}
