package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a VirtualMachine is in its life. */
public enum VirtualMachinePhase {
  /** Nothing has been created yet. */
  @JsonProperty("Pending")
  PENDING,

  /** The anchor pod waits for a node. */
  @JsonProperty("Scheduling")
  SCHEDULING,

  /** Pods start, memory is allocated, QEMU is launched. */
  @JsonProperty("Starting")
  STARTING,

  /** The guest runs. */
  @JsonProperty("Running")
  RUNNING,

  /** The guest runs and a LiveUpdate is under way. */
  @JsonProperty("Updating")
  UPDATING,

  /** QEMU has crashed, and a new one starts the guest in the same anchor, at the same address. */
  @JsonProperty("Restarting")
  RESTARTING,

  /** The guest has crashed, and its memory is kept for a while, as spec.onCrash says. */
  @JsonProperty("Kept")
  KEPT,

  /** The guest's state is being saved. */
  @JsonProperty("Suspending")
  SUSPENDING,

  /** The guest is put aside, as wished. */
  @JsonProperty("Suspended")
  SUSPENDED,

  /** A new QEMU takes the guest up where it was put aside. */
  @JsonProperty("Resuming")
  RESUMING,

  /** The guest is being powered down. */
  @JsonProperty("Stopping")
  STOPPING,

  /** No guest and no pods, as wished. */
  @JsonProperty("Stopped")
  STOPPED,

  /** The guest ended or could not be started, and is not started again by itself. */
  @JsonProperty("Failed")
  FAILED
}
