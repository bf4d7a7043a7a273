package dev.moult.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SteadyClockTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @Test
  void aClockThatIsSetMovesItByNothing() {
    var set = new SetClock();
    var steady = new SteadyClock(set);

    set.time = NOON.plus(Duration.ofHours(1));
    assertThat(steady.instant()).isBetween(NOON, NOON.plus(Duration.ofMinutes(10)));
    set.time = NOON.minus(Duration.ofHours(1));
    assertThat(steady.instant()).isBetween(NOON, NOON.plus(Duration.ofMinutes(10)));
  }

  @Test
  @Timeout(10)
  void itGoesOn() {
    var steady = new SteadyClock(new SetClock());
    var later = steady.instant().plusMillis(1);
    while (steady.instant().isBefore(later)) {
      Thread.onSpinWait();
    }
  }

  private static final class SetClock extends Clock {
    private Instant time = NOON;

    @Override
    public Instant instant() {
      return time;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
