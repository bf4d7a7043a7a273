package dev.moult.e2e.faults;

/** What can strike: the rows of the table. */
enum Fault {
  AGENT_KILLED("agent killed", Scope.NODE),
  AGENT_TERMINATED("agent asked to end", Scope.NODE),
  AGENT_POD_DELETED("agent's pod deleted", Scope.NODE),
  AGENT_FROZEN("agent stopped until its probe", Scope.NODE),
  BROKER_KILLED("broker killed", Scope.NODE),
  BROKER_FROZEN("broker stopped for 3 s", Scope.NODE),
  BROKER_HUNG("broker stopped until its probe", Scope.NODE),
  OPERATOR_KILLED("operator killed", Scope.NODE),
  OPERATOR_STALE("operator stopped, then stale", Scope.NODE),
  TWO_OPERATORS("two operators", Scope.NODE),
  API_SERVER_STOPPED("API server away for a minute", Scope.NODE),
  KUBELET_STOPPED("kubelet stopped", Scope.NODE),
  CONTAINERD_STOPPED("containerd stopped", Scope.NODE),
  CLOCK_AHEAD("clock an hour ahead", Scope.NODE),
  CLOCK_BACK("clock an hour back", Scope.NODE),
  RUN_FULL("/run full", Scope.NODE),
  A_KILLED("A killed", Scope.VM),
  B_KILLED("B killed", Scope.VM),
  B_FROZEN("B frozen", Scope.VM),
  A_FROZEN("A's QMP hangs", Scope.VM),
  ANCHOR_KILLED("anchor container killed", Scope.VM),
  UPDATE_DELETED("LiveUpdate deleted", Scope.VM),
  VM_DELETED("VM deleted", Scope.VM),
  POD_A_DELETED("pod A deleted", Scope.VM),
  POD_B_DELETED("pod B deleted", Scope.VM),
  GUEST_POWERS_OFF("guest powers off", Scope.VM),
  GUEST_RESETS("guest resets itself", Scope.VM),
  NODE_REBOOTS("node reboots", Scope.NODE),
  NODE_CUT_OFF("node cut off, pods deleted", Scope.NODE);

  /** How far it reaches: what touches one VM only is run on several VMs at once. */
  enum Scope {
    VM,
    NODE
  }

  private final String title;
  private final Scope scope;

  Fault(String title, Scope scope) {
    this.title = title;
    this.scope = scope;
  }

  String title() {
    return title;
  }

  Scope scope() {
    return scope;
  }
}
