package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** A guest that is in use lives through updates of its QEMU. */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LiveUpdateE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "web";

  private final TestNamespace namespace;
  private Console console;

  LiveUpdateE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-update");
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);
    console = Console.follow(namespace, VM);
  }

  @AfterAll
  void remove() {
    console.close();
    namespace.delete();
  }

  @Test
  @Order(1)
  void aChangeOfTheImageReplacesTheQemuUnderTheRunningGuest() throws Exception {
    try (var watched = new WatchedUpdate(namespace, VM)) {
      var seen = watched.run(() -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

      assertUnharmed(seen);
      assertThat(seen.before().getStatus().vmm().qemuVersion()).startsWith("10.0.2");
      assertThat(seen.after().getStatus().vmm().qemuVersion()).startsWith("11.1.3");
      assertThat(seen.update().getStatus().timeline())
          .extracting("step")
          .contains("GuestStopped", "GuestResumed");
      assertThat(seen.update().getStatus().descriptors()).extracting("name").contains("ram");
    }
  }

  @Test
  @Order(2)
  void aForcedUpdateReplacesTheProcessOfTheSameImage() throws Exception {
    var update = Files.readString(Installed.checkout().resolve("docs/examples/update.yaml"));
    try (var watched = new WatchedUpdate(namespace, VM)) {
      var seen =
          watched.run(() -> {
            var created =
                namespace.client().resource(update).inNamespace(namespace.name()).create();
            assertThat(created.getMetadata().getName()).startsWith("web-");
          });

      assertUnharmed(seen);
      assertThat(seen.after().getStatus().vmm().pod())
          .isNotEqualTo(seen.before().getStatus().vmm().pod());
    }
  }

  @Test
  @Order(3)
  void aChangeBackBringsTheOlderQemuUnderTheRunningGuest() throws Exception {
    try (var watched = new WatchedUpdate(namespace, VM)) {
      var seen = watched.run(() -> namespace.setImage(VM, "moult.local/qemu:10.0.2"));

      assertUnharmed(seen);
      assertThat(seen.before().getStatus().vmm().qemuVersion()).startsWith("11.1.3");
      assertThat(seen.after().getStatus().vmm().qemuVersion()).startsWith("10.0.2");
    }
  }

  @Test
  @Order(4)
  void theConsoleIsUnbrokenOverAllUpdates() throws Exception {
    var last = Ticks.last(console);
    console.await(PATIENCE, line -> Ticks.of(line) > last + 2);

    var ticks = Ticks.of(console);

    assertThat(ticks).hasSizeGreaterThan(5);
    assertThat(ticks).isEqualTo(Ticks.consecutive(ticks.getFirst(), ticks.size()));
    assertThat(console.lines()).noneMatch(line -> line.contains("bad=") && !line.contains("bad=0"));
  }

  private static void assertUnharmed(WatchedUpdate.Result seen) {
    assertThat(seen.update().getStatus().phase())
        .as("%s", seen.update().getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    assertThat(seen.sameGuest()).isTrue();
    assertThat(seen.memory().megabytes()).isPositive();
    assertThat(seen.memory().bad()).isZero();
    assertThat(seen.connectionAlive()).isTrue();
    assertThat(seen.ping().lost()).isLessThan(seen.ping().sent() / 4);
    assertThat(seen.ramInodeAfter()).isEqualTo(seen.ramInodeBefore());
    assertThat(seen.shmemGrowth()).isLessThan(16 << 20);
    assertThat(seen.after().getStatus().address()).isEqualTo(seen.before().getStatus().address());
    assertThat(seen.update().getStatus().pauseMicros()).isPositive();
  }
}
