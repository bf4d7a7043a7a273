package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What has become of a request to freeze the guest's file systems. */
public enum FilesystemFreezeState {
  /** The guest agent is asked to; some may be frozen already. */
  @JsonProperty("Freezing")
  FREEZING,

  /** They are frozen: what is on the disks is whole, and nothing is written. */
  @JsonProperty("Frozen")
  FROZEN,

  /** They were frozen, and are not any more. */
  @JsonProperty("Thawed")
  THAWED,

  /** They were not frozen; nothing of the attempt is left. */
  @JsonProperty("Failed")
  FAILED
}
