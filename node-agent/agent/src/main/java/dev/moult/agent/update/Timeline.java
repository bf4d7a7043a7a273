package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.api.v1alpha1.StepName;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The steps of one handoff with their times; written down, not sent, while it goes on. */
final class Timeline {
  private final Clock clock;
  private final List<Step> steps = new ArrayList<>(16);

  Timeline(Clock clock) {
    this.clock = clock;
  }

  /** A step was reached now. */
  void reached(StepName step) {
    reached(step, nowMicros());
  }

  /** A step was reached at a time that another clock tells, microseconds since the epoch. */
  void reached(StepName step, long micros) {
    steps.add(new Step(step.value(), micros));
  }

  long nowMicros() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }
}
