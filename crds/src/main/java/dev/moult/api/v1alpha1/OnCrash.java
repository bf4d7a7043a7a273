package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What follows when a guest is lost with its QEMU, or its kernel panics. */
public enum OnCrash {
  /** What the run strategy says, at once where it can be. */
  @JsonProperty("Restart")
  RESTART,

  /** The anchor, and the dead guest's memory in it, is kept for a while first. */
  @JsonProperty("Keep")
  KEEP
}
