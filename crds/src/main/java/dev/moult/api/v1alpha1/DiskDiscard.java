package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a guest's discard. */
public enum DiskDiscard {
  /** It is passed on: the space is free again. */
  @JsonProperty("unmap")
  UNMAP,

  /** Nothing. */
  @JsonProperty("ignore")
  IGNORE
}
