package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When the guest of a VirtualMachine shall run. */
public enum RunStrategy {
  /** The guest runs; it is started again when it ends. */
  @JsonProperty("Always")
  ALWAYS,

  /** The guest runs; it is started again when it ends, unless it powered itself off. */
  @JsonProperty("RerunOnFailure")
  RERUN_ON_FAILURE,

  /** The guest is started when somebody asks, and never by itself. */
  @JsonProperty("Manual")
  MANUAL,

  /** The guest is powered down and its pods are removed. */
  @JsonProperty("Halted")
  HALTED
}
