package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Killing a part of Moult in the middle of an update costs no guest, and the update still comes to
 * an end.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RestartsE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int UPDATES = 10;
  private static final String VM = "survivor";

  private final TestNamespace namespace;
  private GuestServices guest;

  RestartsE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-restarts");
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    var vm =
        namespace.boot(
            VM,
            ExampleVm.manifest(
                Installed.checkout(),
                VM,
                yaml -> yaml.replace("moult.local/qemu:10.0.2", "moult.local/qemu:11.1.3")),
            PATIENCE);
    guest = WatchedUpdate.services(vm);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @ParameterizedTest
  @ValueSource(strings = {"node-agent", "operator"})
  void noGuestIsLostWhenAPartIsKilledInTheMiddleOfAnUpdate(String component) throws Exception {
    var before = guest.uptime();
    try (var connection = guest.connect()) {
      for (int i = 0; i < UPDATES; i++) {
        var name = component + "-" + i;
        namespace.force(name, VM);
        // Anywhere in an update: the pod's start is most of its second or two, the handoff its end.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(50, 1_500) * 1_000_000);
        kill(component);

        var ended = namespace.awaitUpdate(name, PATIENCE, TestNamespace::ended);

        assertThat(ended.getStatus().phase())
            .as("%s", ended.getStatus())
            .isIn(LiveUpdatePhase.COMPLETED, LiveUpdatePhase.ROLLED_BACK);
        var after = guest.uptime();
        assertThat(after.bootId()).isEqualTo(before.bootId());
        assertThat(guest.verify().bad()).isZero();
        assertThat(connection.echoes()).isTrue();
        System.out.printf(
            "%s killed in update %d: %s %s%n",
            component, i, ended.getStatus().phase(), ended.getStatus().pause());
      }
    }
    namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(vmmPods()).hasSize(1));
  }

  @Test
  void theConsoleGoesOnWhenTheAnchorsContainerIsKilled() throws Exception {
    var before = guest.uptime();
    var anchor = Objects.requireNonNull(namespace.pod(VM + "-anchor"));
    var program = NodeView.program(anchor.getMetadata().getUid()).orElseThrow();

    assertThat(ProcessHandle.of(program).orElseThrow().destroyForcibly()).isTrue();

    awaitRestarts(anchor, 1);
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("tick"));
      namespace.type(VM, "verify\n");
      console.await(PATIENCE, line -> line.contains("bad=0"));

      namespace.force("console", VM);
      var ended = namespace.awaitUpdate("console", PATIENCE, TestNamespace::ended);

      assertThat(ended.getStatus().phase())
          .as("%s", ended.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      console.awaitFrom(console.lines().size(), PATIENCE, line -> line.contains("tick"));
    }
    assertThat(guest.uptime().bootId()).isEqualTo(before.bootId());
  }

  private void awaitRestarts(Pod pod, int count) {
    var unused =
        namespace
            .client()
            .resource(pod)
            .waitUntilCondition(
                seen ->
                    seen != null
                        && seen.getStatus().getContainerStatuses().stream()
                            .anyMatch(c ->
                                c.getRestartCount() >= count && c.getState().getRunning() != null),
                PATIENCE.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  private List<String> vmmPods() {
    return namespace
        .client()
        .pods()
        .inNamespace(namespace.name())
        .withLabel("moult.dev/role", "vmm")
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private void kill(String component) {
    var pods =
        namespace
            .client()
            .pods()
            .inNamespace("moult-system")
            .withLabel("app.kubernetes.io/component", component);
    assertThat(pods.list().getItems()).isNotEmpty();
    pods.withGracePeriod(0).delete();
  }
}
