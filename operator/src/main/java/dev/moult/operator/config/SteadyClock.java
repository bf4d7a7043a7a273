package dev.moult.operator.config;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/**
 * Goes on from the time of another clock and is never set: what is reckoned by it lasts as long as
 * it says, whatever becomes of the node's clock meanwhile.
 */
public final class SteadyClock extends Clock {
  private final Clock origin;
  private final Instant began;
  private final long beganNanos = System.nanoTime();

  /** Begins with the time that the other clock shows now. */
  public SteadyClock(Clock origin) {
    this.origin = origin;
    this.began = origin.instant();
  }

  @Override
  public Instant instant() {
    return began.plus(Duration.ofNanos(System.nanoTime() - beganNanos));
  }

  @Override
  public ZoneId getZone() {
    return origin.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new SteadyClock(origin.withZone(zone));
  }
}
