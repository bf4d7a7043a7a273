package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Status of a condition. */
public enum ConditionStatus {
  /** It holds. */
  @JsonProperty("True")
  TRUE,

  /** It does not hold. */
  @JsonProperty("False")
  FALSE,

  /** It cannot be told. */
  @JsonProperty("Unknown")
  UNKNOWN
}
