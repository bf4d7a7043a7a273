package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A probe whose failure ends a guest's run. */
public enum FailedProbe {
  /** spec.livenessProbe. */
  @JsonProperty("Liveness")
  LIVENESS,

  /** spec.startupProbe. */
  @JsonProperty("Startup")
  STARTUP
}
