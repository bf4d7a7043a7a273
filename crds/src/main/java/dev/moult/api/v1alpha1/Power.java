package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a guest that shall run does so, or is put aside. */
public enum Power {
  /** The guest runs. */
  @JsonProperty("Running")
  RUNNING,

  /** The guest is put aside: its state is saved, its memory kept, and no QEMU runs it. */
  @JsonProperty("Suspended")
  SUSPENDED
}
