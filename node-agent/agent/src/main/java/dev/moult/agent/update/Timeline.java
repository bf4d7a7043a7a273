package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.api.v1alpha1.StepName;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The steps of one handoff with their times; written down, not sent, while it goes on. The wall
 * clock is read once: from then on the monotonic clock tells how much later it is, so that a clock
 * that is set meanwhile changes neither order nor distance of the steps.
 */
final class Timeline {
  private final long beganMicros;
  private final long beganNanos = System.nanoTime();
  private final List<Step> steps = new ArrayList<>(16);

  Timeline(Clock clock) {
    Instant now = clock.instant();
    this.beganMicros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  /** A step was reached now. */
  void reached(StepName step) {
    steps.add(new Step(step.value(), nowMicros()));
  }

  /**
   * A step was reached, as an event of QEMU says.
   *
   * @param stampMicros the event's own time, microseconds since the epoch
   * @param arrivedNanos when it arrived, monotonic: taken where the stamp cannot be right
   */
  void reached(StepName step, long stampMicros, long arrivedNanos) {
    long arrived = micros(arrivedNanos);
    boolean believed = Math.abs(stampMicros - arrived) <= Pause.TOLERANCE_MICROS;
    steps.add(new Step(step.value(), believed ? stampMicros : arrived));
  }

  long nowMicros() {
    return micros(System.nanoTime());
  }

  private long micros(long nanos) {
    return beganMicros + TimeUnit.NANOSECONDS.toMicros(nanos - beganNanos);
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }
}
