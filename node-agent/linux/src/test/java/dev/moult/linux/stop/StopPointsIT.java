package dev.moult.linux.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class StopPointsIT {
  private static final String VM = "0b1c";
  private static final StopPoint POINT = StopPoint.AGENT_STATE_SENT;

  @TempDir Path directory;

  @Test
  void isCalledAsInTheTableOfFaults() {
    assertThat(POINT.fileName()).isEqualTo("agent.state-sent");
    assertThat(StopPoint.BROKER_PLAN_SENT.fileName()).isEqualTo("broker.plan-sent");
  }

  @Test
  void holdsTheThreadUntilItIsReleased() throws Exception {
    // Given
    try (var reached = fifo("agent.state-sent." + VM);
        var go = fifo("agent.state-sent." + VM + ".go")) {
      Thread held = comesTo(directory);
      assertThat(reached.readLine()).isEqualTo("reached");
      assertThat(held.join(Duration.ofMillis(50))).isFalse();

      // When
      go.write('\n');

      // Then
      assertThat(held.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void letsGoWhenTheHarnessDies() throws Exception {
    // Given
    Thread held;
    try (var reached = fifo("agent.state-sent." + VM);
        var go = fifo("agent.state-sent." + VM + ".go")) {
      held = comesTo(directory);
      assertThat(reached.readLine()).isEqualTo("reached");
      assertThat(go.getFD().valid()).isTrue();
      awaitReading(held);
    } // When

    assertThat(held.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void holdsNobodyWithoutAHarness() throws Exception {
    fifo("agent.state-sent." + VM).close();
    fifo("agent.state-sent." + VM + ".go").close();

    assertThatCode(() -> new StopPoints(directory).reached(POINT, VM)).doesNotThrowAnyException();
    assertThatCode(() -> new StopPoints(directory).reached(POINT, "another"))
        .doesNotThrowAnyException();
    assertThatCode(() -> new StopPoints(null).reached(POINT, VM)).doesNotThrowAnyException();
  }

  private static Thread comesTo(Path directory) {
    return Thread.ofPlatform().daemon().start(() -> new StopPoints(directory).reached(POINT, VM));
  }

  /** Whoever opens a FIFO for reading counts as its reader only once the open has returned. */
  private static void awaitReading(Thread held) throws InterruptedException {
    assertThat(held.join(Duration.ofMillis(200))).isFalse();
  }

  private RandomAccessFile fifo(String name) throws Exception {
    Path path = directory.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    return new RandomAccessFile(path.toFile(), "rw");
  }
}
