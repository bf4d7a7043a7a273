package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** A guest that is paused, updated asleep, let go on, and reset, by its spec alone. */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PowerE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "power";

  private final TestNamespace namespace;

  PowerE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-power");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void aPausedGuestIsAsWishedAndOutOfItsServices() throws Exception {
    namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);

    patch("{\"spec\":{\"paused\":true}}");

    var paused = namespace.await(VM, PATIENCE, PowerE2E::isPaused);
    assertThat(paused.getStatus().phase()).isEqualTo(VirtualMachinePhase.RUNNING);
    assertThat(TestNamespace.isTrue(paused, "Running")).isFalse();
    namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Updatable"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          var anchor = Objects.requireNonNull(namespace.pod(VM + "-anchor"));
          assertThat(anchor.getStatus().getConditions())
              .filteredOn(c -> c.getType().equals("moult.dev/guest"))
              .isNotEmpty()
              .allMatch(c -> c.getStatus().equals("False"));
          assertThat(namespace.events("VirtualMachine", VM))
              .anyMatch(event -> "PausedByUser".equals(event.getReason()));
        });
  }

  @Test
  @Order(2)
  void aPausedGuestIsUpdatedAndStaysPaused() {
    var before = namespace.vm(VM).get().getStatus();

    var update =
        namespace.update(VM, PATIENCE, () -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

    assertThat(update.getStatus().phase())
        .as("%s", update.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    assertThat(update.getStatus().pause()).isNull();
    var after =
        namespace.await(
            VM,
            PATIENCE,
            vm -> isPaused(vm) && "11.1.3".equals(vm.getStatus().vmm().qemuVersion()));
    assertThat(after.getStatus().runID()).isEqualTo(before.runID());
    assertThat(after.getStatus().guest().since()).isEqualTo(before.guest().since());
  }

  @Test
  @Order(3)
  void aGuestThatGoesOnIsTheSame() throws Exception {
    try (var console = Console.follow(namespace, VM)) {
      patch("{\"spec\":{\"paused\":false}}");
      namespace.await(
          VM,
          PATIENCE,
          vm -> TestNamespace.isTrue(vm, "Ready") && TestNamespace.isTrue(vm, "Running"));
      namespace.type(VM, "verify\n");
      console.await(PATIENCE, line -> line.contains("verify mb=") && line.contains("bad=0"));
    }
  }

  @Test
  @Order(4)
  void aResetIsDoneOnceAndKeepsQemu() throws Exception {
    var before = namespace.vm(VM).get().getStatus();
    var request = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("GUEST UP")); // the one of its start
      patch("{\"spec\":{\"resetRequestedAt\":\"" + request + "\"}}");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(console.lines()).filteredOn(line -> line.contains("GUEST UP")).hasSize(2));
    }
    var after =
        namespace.await(VM, PATIENCE, vm -> request.equals(vm.getStatus().guest().resetServed()));
    assertThat(after.getStatus().runID()).isEqualTo(before.runID());
    assertThat(after.getStatus().vmm().pod()).isEqualTo(before.vmm().pod());
    assertThat(after.getStatus().restarts()).isEqualTo(before.restarts());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", VM))
                .filteredOn(event -> "ResetByUser".equals(event.getReason()))
                .hasSize(1)
                .allMatch(event -> event.getCount() == null || event.getCount() == 1));
  }

  @Test
  @Order(5)
  void aPausedGuestIsPoweredDownInOrder() {
    patch("{\"spec\":{\"paused\":true}}");
    namespace.await(VM, PATIENCE, PowerE2E::isPaused);

    patch("{\"spec\":{\"runStrategy\":\"Halted\"}}");

    var halted =
        namespace.await(VM, PATIENCE, vm -> vm.getStatus().phase() == VirtualMachinePhase.STOPPED);
    assertThat(halted.getStatus().lastTermination().reason()).isEqualTo("PoweredDown");
  }

  @Test
  @Order(6)
  void aMachineThatIsWishedPausedStartsSo() {
    patch("{\"spec\":{\"runStrategy\":\"Always\"}}");
    namespace.await(VM, PATIENCE, vm -> isPaused(vm) && !TestNamespace.isTrue(vm, "Updatable"));

    patch("{\"spec\":{\"paused\":false}}");
    namespace.await(VM, PATIENCE, TestNamespace::guestRuns);
  }

  private static boolean isPaused(VirtualMachine vm) {
    return TestNamespace.isTrue(vm, "Ready")
        && TestNamespace.isTrue(vm, "Paused")
        && vm.getStatus().guest().state() == GuestState.PAUSED;
  }

  private void patch(String json) {
    namespace.patch(VM, json);
  }
}
