package dev.moult.memory;

import org.jspecify.annotations.Nullable;

/**
 * How far a state has been used. It only goes on: a state that a guest went on from is used up,
 * since its disks have changed.
 */
public enum Step {
  /** Whole on its file. Transitions to LOADED (a QEMU has it), CONSUMED. */
  SAVED(0),
  /** A QEMU has loaded it, and no guest ran from it. Transitions to CONSUMED. */
  LOADED(1),
  /** A guest may have run from it. Terminal. */
  CONSUMED(2);

  private final int number;

  Step(int number) {
    this.number = number;
  }

  /** Its number on files and on the wire. */
  public int number() {
    return number;
  }

  /** The step of a number; null when there is none. */
  public static @Nullable Step of(int number) {
    for (Step step : values()) {
      if (step.number == number) {
        return step;
      }
    }
    return null;
  }
}
