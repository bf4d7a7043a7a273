package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.api.v1alpha1.StepName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final Instant BEGAN = Instant.parse("2026-01-01T12:00:00Z");
  private static final long BEGAN_MICROS = BEGAN.getEpochSecond() * 1_000_000;
  private static final long HOUR = Duration.ofHours(1).toNanos() / 1_000;

  private final Timeline timeline = new Timeline(Clock.fixed(BEGAN, ZoneOffset.UTC));
  private final long nanos = System.nanoTime();

  @Test
  void believesTheStampOfAnEvent() {
    assertThat(at(BEGAN_MICROS + 9_412)).isEqualTo(BEGAN_MICROS + 9_412);
  }

  @Test
  void aClockThatWasSetForwardsMovesNothing() {
    assertThat(at(BEGAN_MICROS + HOUR)).isBetween(BEGAN_MICROS, BEGAN_MICROS + HOUR / 2);
  }

  @Test
  void aClockThatWasSetBackMovesNothing() {
    assertThat(at(BEGAN_MICROS - HOUR)).isBetween(BEGAN_MICROS, BEGAN_MICROS + HOUR / 2);
  }

  @Test
  void goesOnByTheMonotonicClock() {
    timeline.reached(StepName.VERDICT_WRITTEN);
    timeline.reached(StepName.OLD_VMM_KILLED);
    assertThat(timeline.steps()).extracting(Step::atMicros).isSorted();
  }

  private long at(long stampMicros) {
    timeline.reached(StepName.GUEST_RESUMED, stampMicros, nanos);
    return timeline.steps().getLast().atMicros();
  }
}
