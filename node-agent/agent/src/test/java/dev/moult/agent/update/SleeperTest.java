package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.update.Decision.Source;
import dev.moult.qemu.qmp.RunState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a QEMU is seen to be whose guest its owner has paused. */
class SleeperTest {
  @ParameterizedTest
  @CsvSource({
    "paused, RUNNING",
    "finish-migrate, STOPPING",
    "postmigrate, POSTMIGRATE",
    "io-error, ENDED",
    "shutdown, ENDED"
  })
  void isTheOldOnesUntilItHasSentIt(String status, Source seen) {
    assertThat(Sides.sleeperAt(new RunState(status, false), false)).isEqualTo(seen);
  }

  @Test
  void staysTheOldOnesWhenTheHandoffIsTakenBack() {
    assertThat(Sides.sleeperAt(new RunState("postmigrate", false), true)).isEqualTo(Source.RUNNING);
  }
}
