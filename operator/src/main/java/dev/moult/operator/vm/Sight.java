package dev.moult.operator.vm;

/** What is seen of a virtual machine's run, in one word. */
public enum Sight {
  /** No pod of it exists. */
  BARE,
  /** The anchor exists and has no node. */
  UNPLACED,
  /** The anchor has a node; the guest does not run yet, or cannot be told to. */
  PLACED,
  /** The guest runs, or its user has paused it. */
  RUNNING,
  /** The same, and a LiveUpdate is under way. */
  HANDOFF,
  /** Pods of a guest that never ran, built from a spec that has been changed since. */
  OUTDATED,
  /** The guest is put aside, or a new QEMU is about to take it up. */
  SUSPENDED,
  /** Its QEMU ended before the agent said why, or crashed, and the anchor lives. */
  CRASHED,
  /** The run is over: guest or QEMU ended, a pod was deleted, or the start was given up. */
  ENDED
}
