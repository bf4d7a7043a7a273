package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who asks for live updates. */
public enum UpdatePolicyType {
  /** The operator makes a LiveUpdate when the running VMM differs from the spec. */
  @JsonProperty("Automatic")
  AUTOMATIC,

  /** Only LiveUpdates that somebody creates. */
  @JsonProperty("Manual")
  MANUAL
}
