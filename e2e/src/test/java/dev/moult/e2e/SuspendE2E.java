package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.EchoConnection;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * One guest that is updated, put aside, taken up by an older QEMU and updated again, while its
 * console is read and a TCP connection to it stays open.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SuspendE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "aside";

  private final TestNamespace namespace;
  private Console console;
  private GuestServices guest;
  private EchoConnection connection;
  private GuestServices.Uptime boot;
  private Pod anchor;

  SuspendE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-suspend");
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    var vm =
        namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);
    console = Console.follow(namespace, VM);
    guest = WatchedUpdate.services(vm);
    connection = guest.connect();
    boot = guest.uptime();
    anchor = anchor();
    assertThat(connection.echoes()).isTrue();
  }

  @AfterAll
  void remove() throws IOException {
    connection.close();
    console.close();
    namespace.delete();
  }

  @Test
  @Order(1)
  void itIsUpdatedFirst() throws Exception {
    updatesTo("11.1.3");
  }

  @Test
  @Order(2)
  void aGuestThatIsPutAsideHasItsMemoryAndNoQemu() throws Exception {
    var ram = NodeView.ramInode(anchor.getMetadata().getUid());

    namespace.patch(VM, "{\"spec\":{\"power\":\"Suspended\"}}");

    var aside = namespace.await(VM, PATIENCE, SuspendE2E::isAside);
    var suspension = Objects.requireNonNull(aside.getStatus().guest().suspension());
    assertThat(suspension.stopMicros()).isPositive().isLessThan(1_000_000);
    assertThat(suspension.stateBytes()).isPositive().isLessThan(16L << 20);
    assertThat(suspension.qemuVersion()).startsWith("11.1.3");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(vmmPods()).isEmpty());
    assertThat(NodeView.ramInode(anchor.getMetadata().getUid())).isEqualTo(ram);
    System.out.printf(
        "put aside: the guest stopped for %d us, state of %d bytes%n",
        suspension.stopMicros(), suspension.stateBytes());
  }

  @Test
  @Order(3)
  void itIsOutOfItsServices() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(anchor().getStatus().getConditions())
                .filteredOn(c -> c.getType().equals("moult.dev/guest"))
                .isNotEmpty()
                .allMatch(c -> c.getStatus().equals("False")));
  }

  @Test
  @Order(4)
  void aLiveUpdateIsRefusedMeanwhile() {
    namespace.force("meanwhile", VM);

    var ended = namespace.awaitUpdate("meanwhile", PATIENCE, TestNamespace::ended);

    assertThat(ended.getStatus().phase())
        .as("%s", ended.getStatus())
        .isEqualTo(LiveUpdatePhase.REFUSED);
    assertThat(vmmPods()).isEmpty();
    assertThat(isAside(namespace.vm(VM).require())).isTrue();
  }

  @Test
  @Order(5)
  void anOlderQemuTakesItUpWhereItWas() throws Exception {
    var updates = namespace.updatesOf(VM).size();
    long asked = System.nanoTime();

    namespace.patch(
        VM, "{\"spec\":{\"power\":\"Running\",\"vmm\":{\"image\":\"moult.local/qemu:10.0.2\"}}}");

    assertThat(connection.echoes()).isTrue();
    System.out.printf("taken up: answers after %d ms%n", (System.nanoTime() - asked) / 1_000_000);
    var running =
        namespace.await(
            VM,
            PATIENCE,
            vm ->
                vm.getStatus().phase() == VirtualMachinePhase.RUNNING
                    && TestNamespace.isTrue(vm, "Ready"));
    assertThat(running.getStatus().vmm().qemuVersion()).startsWith("10.0.2");
    assertThat(running.getStatus().restarts()).isIn(null, 0);
    assertUnharmed(running);
    assertThat(namespace.updatesOf(VM)).hasSize(updates);
  }

  @Test
  @Order(6)
  void itIsUpdatedAfterwards() throws Exception {
    updatesTo("11.1.3");
  }

  @Test
  @Order(7)
  void theConsoleIsUnbrokenOverAll() throws Exception {
    var last = Ticks.last(console);
    console.await(PATIENCE, line -> Ticks.of(line) > last + 2);

    var ticks = Ticks.of(console);

    assertThat(ticks).hasSizeGreaterThan(5);
    assertThat(ticks).isEqualTo(Ticks.consecutive(ticks.getFirst(), ticks.size()));
  }

  private void updatesTo(String version) throws IOException {
    var update =
        namespace.update(VM, PATIENCE, () -> namespace.setImage(VM, "moult.local/qemu:" + version));

    assertThat(update.getStatus().phase())
        .as("%s", update.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    var running =
        namespace.await(
            VM,
            PATIENCE,
            vm ->
                TestNamespace.isTrue(vm, "Ready")
                    && version.equals(vm.getStatus().vmm().qemuVersion()));
    assertUnharmed(running);
  }

  /**
   * The boot, the memory, the connection, the anchor and its address are those of the beginning.
   */
  private void assertUnharmed(VirtualMachine vm) throws IOException {
    assertThat(connection.echoes()).isTrue();
    var now = guest.uptime();
    assertThat(now.bootId()).isEqualTo(boot.bootId());
    assertThat(now.seconds()).isGreaterThanOrEqualTo(boot.seconds());
    boot = now;
    var memory = guest.verify();
    assertThat(memory.megabytes()).isPositive();
    assertThat(memory.bad()).isZero();
    assertThat(anchor().getMetadata().getUid()).isEqualTo(anchor.getMetadata().getUid());
    assertThat(vm.getStatus().address()).isEqualTo(anchor.getStatus().getPodIP());
  }

  private static boolean isAside(VirtualMachine vm) {
    return vm.getStatus().phase() == VirtualMachinePhase.SUSPENDED
        && TestNamespace.isTrue(vm, "Ready")
        && vm.getStatus().conditions().stream()
            .anyMatch(c -> c.type().equals("Ready") && "Suspended".equals(c.reason()));
  }

  private Pod anchor() {
    return Objects.requireNonNull(namespace.pod(VM + "-anchor"));
  }

  private List<String> vmmPods() {
    return namespace.podsOf(VM).stream()
        .map(pod -> pod.getMetadata().getName())
        .filter(name -> !name.endsWith("-anchor"))
        .toList();
  }
}
