package dev.moult.operator.node;

/** Whether a node can tell what runs on it. */
public enum NodeState {
  /** Its kubelet reports. */
  ANSWERS,

  /** Its kubelet has stopped reporting: what runs there, nobody can tell. */
  SILENT,

  /** Its object is gone; that says nothing about the machine, on which guests may still run. */
  GONE,

  /**
   * It carries the taint {@code node.kubernetes.io/out-of-service}: an administrator, or the cloud,
   * says that the machine is off, and that nothing runs there any more.
   */
  OUT_OF_SERVICE
}
