package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.wire.Answer;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
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

  @Test
  void whatOnlyANewerAgentAsksIsRefusedByNameAndTheConnectionStays() throws Exception {
    var pod = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a01";
    var vm = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a02";

    assertThatThrownBy(() -> broker.ask(new Request.Unknown(60)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("type 60")
        .hasMessageContaining("the agent is newer");

    assertThat(broker.ask(new Request.Expect(pod, Role.ANCHOR, vm, 100107)))
        .isEqualTo(new Answer.Done());
    assertThat(broker.ask(new Request.ListPods()).pods()).hasSize(1);
  }

  /** As the chart's probe does it. */
  private void probe() throws Exception {
    Files.move(beat, seen, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
