package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.wire.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker as its container's probe and its pod's end find it. Needs root. */
class BrokerLifeIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path directory;
  private TestBroker broker;
  private Path beat;
  private Path seen;

  @BeforeEach
  void start() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Files.createDirectories(directory.resolve("kubelet/pods"));
    broker = new TestBroker(directory).start();
    beat = directory.resolve("run").resolve(Heartbeat.BEAT);
    seen = directory.resolve("run").resolve(Heartbeat.SEEN);
  }

  @AfterEach
  void stop() throws Exception {
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void aBrokerThatHangsHasNoBeat() throws Exception {
    probe();
    await().atMost(SOON).until(() -> Files.exists(beat));

    broker.signal("STOP");
    probe();
    Thread.sleep(Duration.ofSeconds(4)); // two beats that do not come are no event
    assertThat(beat).doesNotExist();
    broker.signal("CONT");

    await().atMost(SOON).until(() -> Files.exists(beat));
  }

  @Test
  void aBrokerBegunAnewBeatsAgain() throws Exception {
    broker.kill();
    if (Files.exists(beat)) {
      probe();
    }

    broker.start();

    await().atMost(SOON).until(() -> Files.exists(beat));
  }

  @Test
  void aBrokerThatIsToEndWaitsForItsAgent() throws Exception {
    broker.ask(new Request.ListPods()); // it has taken the call

    broker.terminate();

    assertThat(broker.endsWithin(Duration.ofSeconds(1))).isFalse();
    assertThat(broker.ask(new Request.ListPods()).pods()).isEmpty();
    broker.disconnect();
    assertThat(broker.endsWithin(SOON)).isTrue();
  }

  /** As the chart's probe does it. */
  private void probe() throws Exception {
    Files.move(beat, seen, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
