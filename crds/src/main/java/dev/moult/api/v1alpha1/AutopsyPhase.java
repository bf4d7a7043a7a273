package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a VirtualMachineAutopsy is. */
public enum AutopsyPhase {
  /** The node agent is to read the guest's memory. */
  @JsonProperty("Pending")
  PENDING,

  /** It was read: the findings say what is in it. */
  @JsonProperty("Completed")
  COMPLETED,

  /** It could not be read: the message says why. */
  @JsonProperty("Failed")
  FAILED
}
