package dev.moult.agent.update;

import java.util.concurrent.TimeUnit;

/**
 * How long the guest stood still: STOP of A to RESUME of B by QEMU's own stamps. Those are wall
 * clock times, so a clock that was set in between would lie; then the monotonic times at which the
 * two events arrived are taken.
 *
 * @param stoppedMicros STOP, microseconds since the epoch
 * @param resumedMicros RESUME, microseconds since the epoch
 * @param stoppedNanos when STOP arrived, monotonic
 * @param resumedNanos when RESUME arrived, monotonic
 */
record Pause(long stoppedMicros, long resumedMicros, long stoppedNanos, long resumedNanos) {

  /** More than arrivals lag behind their events on a busy node. */
  static final long TOLERANCE_MICROS = 250_000;

  /** Microseconds of standing still. */
  long micros() {
    long byStamps = resumedMicros - stoppedMicros;
    long byArrival = TimeUnit.NANOSECONDS.toMicros(resumedNanos - stoppedNanos);
    return byStamps < 0 || Math.abs(byStamps - byArrival) > TOLERANCE_MICROS ? byArrival : byStamps;
  }
}
