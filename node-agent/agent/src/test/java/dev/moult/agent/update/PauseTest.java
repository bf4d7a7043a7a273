package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PauseTest {
  private static final long HOUR = 3_600_000_000L;

  @Test
  void isByQemusOwnStamps() {
    assertThat(new Pause(1_000_000, 1_009_412, 0, 9_700_000).micros()).isEqualTo(9_412);
  }

  @Test
  void aClockThatWasSetForwardsDoesNotLengthenIt() {
    assertThat(new Pause(1_000_000, 1_009_412 + HOUR, 0, 9_700_000).micros()).isEqualTo(9_700);
  }

  @Test
  void aClockThatWasSetBackDoesNotMakeItNegative() {
    assertThat(new Pause(HOUR, 9_412, 0, 9_700_000).micros()).isEqualTo(9_700);
  }
}
