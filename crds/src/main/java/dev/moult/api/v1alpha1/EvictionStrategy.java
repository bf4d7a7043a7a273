package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What an eviction of a virtual machine's pods, such as by a drain of its node, does. */
public enum EvictionStrategy {
  /** The guest is powered down, and started again where there is room if its strategy says so. */
  @JsonProperty("Shutdown")
  SHUTDOWN,

  /** The eviction is refused for as long as the guest runs: a drain waits. */
  @JsonProperty("None")
  NONE
}
