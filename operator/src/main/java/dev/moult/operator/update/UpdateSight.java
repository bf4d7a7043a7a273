package dev.moult.operator.update;

/** What is seen of a LiveUpdate, in one word. */
public enum UpdateSight {
  /** There is no such virtual machine, it does not run, or its VMM is as the spec says. */
  POINTLESS,
  /** Another LiveUpdate of the virtual machine goes first. */
  QUEUED,
  /** Nothing stands in its way. */
  CLEAR,
  /** The new VMM pod does not exist, and the agent has not begun. */
  NEW_MISSING,
  /** The API server refuses the new VMM pod: quota, limit range or a policy. */
  NEW_FORBIDDEN,
  /** The new VMM pod has no node, or the guest has ended without it: it holds nothing. */
  NEW_WAITS,
  /**
   * The new VMM pod has a node, whose kubelet has not told that its container runs. It tells late:
   * the agent may have handed the guest over already.
   */
  NEW_STARTS,
  /** The new VMM's container runs. */
  NEW_RUNS,
  /** The agent found nothing in the way. */
  CHECKED,
  /** The new VMM is dead, the old one alive, the agent has not said what that means. */
  NEW_DEAD,
  /** Both VMMs are dead; the agent has not said what that means. */
  BOTH_DEAD,
  /** Verdict: the guest runs on the new QEMU; resize or removal of the old pod are under way. */
  COMMIT,
  /** Verdict Commit, the new pod has its CPU and the old one is gone. */
  SETTLED,
  /** Verdict Commit, and the new VMM has died since. */
  LOST_AFTER_COMMIT,
  /** Verdict: the guest runs on the old QEMU. */
  ROLL_BACK,
  /** Verdict: nothing was touched. */
  REFUSE,
  /** Verdict: the guest was lost. */
  FAIL
}
