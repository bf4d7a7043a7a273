package dev.moult.api.v1alpha1;

/** The steps of a LiveUpdate's timeline, in their usual order. Public API: never renamed. */
public enum StepName {
  /** The operator took the LiveUpdate up; offsets count from here. */
  STARTED(
      "Started",
      FieldOwner.OPERATOR,
      "The operator took the LiveUpdate up; offsets count from here."),

  /** The new VMM pod was created. */
  VMM_POD_CREATED("VmmPodCreated", FieldOwner.OPERATOR, "The new VMM pod was created."),

  /** Its container runs. */
  VMM_POD_STARTED("VmmPodStarted", FieldOwner.OPERATOR, "Its container runs."),

  /** The new VMM's launcher reached the broker and said which QEMU it has. */
  VMM_DIALLED(
      "VmmDialled",
      FieldOwner.AGENT,
      "The new VMM's launcher reached the broker and said which QEMU it has."),

  /** Old and new QEMU were examined; nothing stands in the way. */
  PREFLIGHT_PASSED(
      "PreflightPassed",
      FieldOwner.AGENT,
      "Old and new QEMU were examined; nothing stands in the way."),

  /** The new QEMU was launched and waits. */
  VMM_LAUNCHED("VmmLaunched", FieldOwner.AGENT, "The new QEMU was launched and waits."),

  /** The old QEMU has sent its descriptors; the guest runs. */
  CPR_SENT("CprSent", FieldOwner.AGENT, "The old QEMU has sent its descriptors; the guest runs."),

  /** The new QEMU answers. */
  QMP_READY("QmpReady", FieldOwner.AGENT, "The new QEMU answers."),

  /** The hardware of both is the same. */
  COMPARED("Compared", FieldOwner.AGENT, "The hardware of both is the same."),

  /** The new QEMU listens for the state. */
  INCOMING_READY("IncomingReady", FieldOwner.AGENT, "The new QEMU listens for the state."),

  /** The guest stands still: STOP of the old QEMU, by its own clock. */
  GUEST_STOPPED(
      "GuestStopped",
      FieldOwner.AGENT,
      "The guest stands still: STOP of the old QEMU, by its own clock."),

  /** The old QEMU has sent all, the new one has read all. */
  STATE_SENT("StateSent", FieldOwner.AGENT, "The old QEMU has sent all, the new one has read all."),

  /** All threads of the old QEMU are proved stopped, before the new one may run. */
  OLD_VMM_FROZEN(
      "OldVmmFrozen",
      FieldOwner.AGENT,
      "All threads of the old QEMU are proved stopped, before the new one may run."),

  /** With spec.verifyMemory: the guest's memory is as it was when the old QEMU was stopped. */
  MEMORY_VERIFIED(
      "MemoryVerified",
      FieldOwner.AGENT,
      "With spec.verifyMemory: the guest's memory is as it was when the old QEMU was stopped."),

  /** The verdict is on the node's tmpfs; from here on it cannot change. */
  VERDICT_WRITTEN(
      "VerdictWritten",
      FieldOwner.AGENT,
      "The verdict is on the node's tmpfs; from here on it cannot change."),

  /** The guest runs on: RESUME, by QEMU's own clock. */
  GUEST_RESUMED(
      "GuestResumed", FieldOwner.AGENT, "The guest runs on: RESUME, by QEMU's own clock."),

  /** After a rollback: the new QEMU is proved dead. */
  VMM_KILLED("VmmKilled", FieldOwner.AGENT, "After a rollback: the new QEMU is proved dead."),

  /** The old QEMU is proved dead. */
  OLD_VMM_KILLED("OldVmmKilled", FieldOwner.AGENT, "The old QEMU is proved dead."),

  /** The new VMM pod has the CPU that the spec asks for. */
  CPU_RETURNED(
      "CpuReturned", FieldOwner.OPERATOR, "The new VMM pod has the CPU that the spec asks for."),

  /** The old VMM pod is gone. */
  OLD_POD_DELETED("OldPodDeleted", FieldOwner.OPERATOR, "The old VMM pod is gone."),

  /** After a rollback: the new VMM pod is gone. */
  NEW_POD_DELETED(
      "NewPodDeleted", FieldOwner.OPERATOR, "After a rollback: the new VMM pod is gone."),

  /** The update has ended. */
  FINISHED("Finished", FieldOwner.OPERATOR, "The update has ended.");

  private final String value;
  private final FieldOwner writer;
  private final String description;

  StepName(String value, FieldOwner writer, String description) {
    this.value = value;
    this.writer = writer;
    this.description = description;
  }

  /** The step as it stands in status.timeline, in CamelCase. */
  public String value() {
    return value;
  }

  /** Who writes it. */
  public FieldOwner writer() {
    return writer;
  }

  /** What has happened, in a sentence. */
  public String description() {
    return description;
  }

  @Override
  public String toString() {
    return value;
  }
}
