package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a LiveUpdate is. */
public enum LiveUpdatePhase {
  /** It waits for its turn. */
  @JsonProperty("Pending")
  PENDING,

  /** The new VMM pod is created and starts. */
  @JsonProperty("Preparing")
  PREPARING,

  /** Preflight; the guest is untouched. */
  @JsonProperty("Checking")
  CHECKING,

  /** The state goes from the old QEMU to the new one. */
  @JsonProperty("Transferring")
  TRANSFERRING,

  /** The guest runs on the new QEMU; the old one is removed, CPU is returned. */
  @JsonProperty("Committing")
  COMMITTING,

  /** The guest runs on the new QEMU with all its CPU; the old pod is gone. */
  @JsonProperty("Completed")
  COMPLETED,

  /** The guest runs on the old QEMU, as before. */
  @JsonProperty("RolledBack")
  ROLLED_BACK,

  /** Nothing was touched. */
  @JsonProperty("Refused")
  REFUSED,

  /** The guest was lost. */
  @JsonProperty("Failed")
  FAILED
}
