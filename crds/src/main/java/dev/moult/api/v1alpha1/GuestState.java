package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the agent sees of a guest. */
public enum GuestState {
  /** QEMU is launched, the guest does not run yet. */
  @JsonProperty("starting")
  STARTING,

  /** The guest's processors run. */
  @JsonProperty("running")
  RUNNING,

  /** The guest is paused. */
  @JsonProperty("paused")
  PAUSED,

  /** The guest is put aside: its state is saved, its memory kept, and no QEMU runs it. */
  @JsonProperty("suspended")
  SUSPENDED,

  /** The guest was asked to power down. */
  @JsonProperty("stopping")
  STOPPING,

  /** The guest has ended in an orderly way. */
  @JsonProperty("stopped")
  STOPPED,

  /** The guest ended, or could not start, by a fault. */
  @JsonProperty("failed")
  FAILED,

  /** The agent cannot tell: QEMU does not answer. */
  @JsonProperty("lost")
  LOST;

  /** Whether the guest's run is over; a lost guest may still run. */
  public boolean isEnd() {
    return this == STOPPED || this == FAILED;
  }
}
