package dev.moult.bench;

import dev.moult.api.v1alpha1.StepName;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * When the steps of one handoff were reached, in microseconds from a zero of its own: only
 * differences mean something.
 */
public final class Steps {
  private final Map<StepName, Long> micros = new EnumMap<>(StepName.class);

  /** Notes a step. */
  public void reached(StepName step, long at) {
    micros.put(step, at);
  }

  /** Microseconds from one step to another; empty if one of them was not reached. */
  public OptionalLong between(StepName from, StepName to) {
    var begin = micros.get(from);
    var end = micros.get(to);
    return begin == null || end == null ? OptionalLong.empty() : OptionalLong.of(end - begin);
  }

  /**
   * When a step was reached.
   *
   * @throws IllegalStateException if it was not
   */
  public long at(StepName step) {
    var at = micros.get(step);
    if (at == null) {
      throw new IllegalStateException(step + " was not reached");
    }
    return at;
  }

  /** Whether a step was reached. */
  public boolean has(StepName step) {
    return micros.containsKey(step);
  }
}
