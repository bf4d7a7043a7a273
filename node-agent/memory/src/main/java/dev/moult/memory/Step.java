package dev.moult.memory;

/**
 * How far a state has been used. It only goes on: a state that a guest went on from is used up,
 * since its disks have changed.
 */
public enum Step {
  /** Whole on its file. Transitions to LOADED (a QEMU has it), CONSUMED. */
  SAVED,
  /** A QEMU has loaded it, and no guest ran from it. Transitions to CONSUMED. */
  LOADED,
  /** A guest may have run from it. Terminal. */
  CONSUMED
}
