package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.CpuSpec;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.wire.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network card of two queues through the agent's handoffs, on real QEMUs. */
class QueuesIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;
  private TestNode node;

  @BeforeEach
  void begin() throws Exception {
    node = new TestNode(directory);
    var network = new NetworkSpec("pod", new PodNetwork(null), null, null, List.of(), 2);
    node.wish(
        spec -> spec.cpu(new CpuSpec(2, null, null)).networks(List.of(network)), PodVolumes.none());
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void bothStayThroughUpdates() throws Exception {
    boot();

    for (String version : List.of(NEW, NEW, OLD)) {
      UpdateResult result = ended(node.update(version));

      assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
      assertThat(result.descriptors()).extracting("name").contains("tap", "tap-queue1");
      assertThat(node.broker().tap().allAttached()).as(version).isTrue();
      assertThat(tick()).isLessThan(tick());
    }
    assertThat(Objects.requireNonNull(Objects.requireNonNull(node.shown()).vmm()).argv())
        .contains("tap,id=net0,fds=12:23");
  }

  @Test
  void aRollbackKeepsThem() throws Exception {
    String first = boot();
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.OfferQueues) {
            killNew(first);
          }
        });

    UpdateResult result = ended(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.timeline()).extracting(Step::name).contains("Compared");
    assertThat(node.broker().tap().allAttached()).isTrue();
    assertThat(tick()).isLessThan(tick());
    node.broker().beforeEach(request -> {});
    assertThat(ended(node.update(NEW)).verdict()).isEqualTo(End.COMMITTED);
  }

  @Test
  void aGuestThatDoesNotUseBothIsNotUpdated() throws Exception {
    String first = boot();
    node.broker().tap().queue(1).setQueueAttached(false);

    UpdateResult result = ended(node.update(NEW));

    assertThat(result.verdict()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).as(result.message()).isEqualTo("NetworkQueuesUnused");
    assertThat(result.blockers()).extracting("reason").containsExactly("NetworkQueuesUnused");
    assertThat(result.timeline()).extracting(Step::name).doesNotContain("VmmLaunched");
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(tick()).isLessThan(tick());
  }

  private String boot() throws Exception {
    String pod = node.boot(OLD);
    await().atMost(SOON).until(() -> node.broker().hasConsole());
    node.broker().console().await("GUEST UP", BOOT);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(node.broker().tap().allAttached()).isTrue());
    return pod;
  }

  private void killNew(String first) {
    node.broker().others(first).forEach(Process::destroyForcibly);
  }

  private UpdateResult ended(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    return Objects.requireNonNull(node.result(update));
  }

  private int tick() throws Exception {
    return Integer.parseInt(node.broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }
}
