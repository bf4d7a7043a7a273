package dev.moult.api.v1alpha1;

/** The types of conditions of VirtualMachine and LiveUpdate. Public API: never renamed. */
public enum ConditionType {
  /**
   * VirtualMachine: The VirtualMachine is as its spec wishes: the guest runs and status.address is
   * known, or it is powered down when that is wished. kubectl wait, Flux, Argo CD and Helm look at
   * it. LiveUpdate: The update is completed.
   */
  READY(
      "Ready",
      FieldOwner.OPERATOR,
      "The VirtualMachine is as its spec wishes: the guest runs and status.address is known, or it"
          + " is powered down when that is wished. kubectl wait, Flux, Argo CD and Helm look at it.",
      "The update is completed."),

  /** The guest runs. Unknown when the node or its agent is lost. */
  RUNNING(
      "Running",
      FieldOwner.OPERATOR,
      "The guest runs. Unknown when the node or its agent is lost.",
      ""),

  /** The guest stands still, as wished or by a fault. Absent when it does not. */
  PAUSED(
      "Paused",
      FieldOwner.OPERATOR,
      "The guest stands still: as spec.paused says (PausedByUser), because a disk is full or fails"
          + " (DiskError), or by its watchdog (WatchdogFired). Absent when it does not.",
      ""),

  /** The anchor pod has a node. */
  SCHEDULED("Scheduled", FieldOwner.OPERATOR, "The anchor pod has a node.", ""),

  /** The agent of the node has taken charge of the guest. */
  AGENT_READY(
      "AgentReady", FieldOwner.AGENT, "The agent of the node has taken charge of the guest.", ""),

  /** The running VMM is the one that the spec asks for. */
  UP_TO_DATE(
      "UpToDate", FieldOwner.OPERATOR, "The running VMM is the one that the spec asks for.", ""),

  /** A live update can be done now. When False, status.updatable.blockers names every blocker. */
  UPDATABLE(
      "Updatable",
      FieldOwner.AGENT,
      "A live update can be done now. When False, status.updatable.blockers names"
          + " every blocker.",
      ""),

  /**
   * The guest agent in the guest answers; status.guest has what it tells. Absent when the guest has
   * no channel to one: it boots spec.boot.kernel, or was started by an earlier release.
   */
  GUEST_AGENT_CONNECTED(
      "GuestAgentConnected",
      FieldOwner.AGENT,
      "The guest agent in the guest answers; status.guest has what it tells. Absent when the guest"
          + " has no channel to one: it boots spec.boot.kernel, or was started by an earlier"
          + " release.",
      ""),

  /** Fields were changed that only a restart of the guest can bring. */
  RESTART_REQUIRED(
      "RestartRequired",
      FieldOwner.OPERATOR,
      "Fields were changed that only a restart of the guest can bring.",
      ""),

  /** The guest runs, but something about it failed. */
  DEGRADED("Degraded", FieldOwner.OPERATOR, "The guest runs, but something about it failed.", ""),

  /**
   * VirtualMachine: The operator works towards the spec (kstatus). Absent when it does not.
   * LiveUpdate: The update is under way (kstatus). Absent when it has ended.
   */
  RECONCILING(
      "Reconciling",
      FieldOwner.OPERATOR,
      "The operator works towards the spec (kstatus). Absent when it does not.",
      "The update is under way (kstatus). Absent when it has ended."),

  /**
   * VirtualMachine: The spec cannot be reached without a change by the user (kstatus). Absent
   * otherwise. LiveUpdate: The update ended without being completed (kstatus). Absent otherwise.
   */
  STALLED(
      "Stalled",
      FieldOwner.OPERATOR,
      "The spec cannot be reached without a change by the user (kstatus). Absent" + " otherwise.",
      "The update ended without being completed (kstatus). Absent otherwise."),

  /** Preflight has passed. False: status.blockers says why not. */
  CHECKED(
      "Checked",
      FieldOwner.AGENT,
      "",
      "Preflight has passed. False: status.blockers says why not."),

  /** The guest's state is on the new QEMU. */
  TRANSFERRED("Transferred", FieldOwner.AGENT, "", "The guest's state is on the new QEMU."),

  /** The new VMM has the CPU that the spec asks for. */
  RESOURCES_RESTORED(
      "ResourcesRestored",
      FieldOwner.OPERATOR,
      "",
      "The new VMM has the CPU that the spec asks for.");

  private final String value;
  private final FieldOwner writer;
  private final String ofVirtualMachine;
  private final String ofLiveUpdate;

  ConditionType(String value, FieldOwner writer, String ofVirtualMachine, String ofLiveUpdate) {
    this.value = value;
    this.writer = writer;
    this.ofVirtualMachine = ofVirtualMachine;
    this.ofLiveUpdate = ofLiveUpdate;
  }

  /** The type as it stands in status.conditions. */
  public String value() {
    return value;
  }

  /** Who writes it. */
  public FieldOwner writer() {
    return writer;
  }

  /** What it means on a VirtualMachine; empty when it has no such condition. */
  public String ofVirtualMachine() {
    return ofVirtualMachine;
  }

  /** What it means on a LiveUpdate; empty when it has no such condition. */
  public String ofLiveUpdate() {
    return ofLiveUpdate;
  }

  @Override
  public String toString() {
    return value;
  }
}
