package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** QEMU is killed under its guest: another one boots it in the same anchor, and then no other. */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CrashE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "crash";

  private final TestNamespace namespace;

  CrashE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-crash");
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void aGuestWhoseQemuIsKilledBootsAgainInTheSameAnchor() throws Exception {
    var before = namespace.vm(VM).require();
    var anchor = anchorUid();
    var boot = WatchedUpdate.services(before).uptime();
    long killed = System.nanoTime();

    var restarting = afterTheKill(before, VirtualMachinePhase.RESTARTING);

    assertThat(restarting.getStatus().lastTermination().reason()).isEqualTo("VmmExited");
    var running =
        namespace.await(
            VM,
            PATIENCE,
            vm ->
                vm.getStatus().phase() == VirtualMachinePhase.RUNNING
                    && TestNamespace.guestRuns(vm)
                    && TestNamespace.isTrue(vm, "Ready"));
    System.out.printf("killed: ready after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
    assertThat(anchorUid()).isEqualTo(anchor);
    assertThat(running.getStatus().address()).isEqualTo(before.getStatus().address());
    assertThat(running.getStatus().restarts()).isEqualTo(1);
    assertThat(running.getStatus().lastTermination().reason()).isEqualTo("VmmExited");
    assertThat(running.getStatus().vmm().pod()).isNotEqualTo(before.getStatus().vmm().pod());
    var guest = WatchedUpdate.services(running);
    assertThat(answer(guest).bootId()).isNotEqualTo(boot.bootId());
    assertThat(guest.verify().bad()).isZero();
  }

  @Test
  @Order(2)
  void aSecondCrashEndsTheRunAndWaits() throws Exception {
    var before = namespace.vm(VM).require();

    var failed = afterTheKill(before, VirtualMachinePhase.FAILED);

    assertThat(failed.getStatus().lastTermination().reason()).isEqualTo("VmmExited");
    assertThat(failed.getStatus().lastTermination().retryAt())
        .isAfter(failed.getStatus().lastTermination().at());
    assertThat(failed.getStatus().restarts()).isEqualTo(2);
    assertThat(namespace.podsOf(VM)).isEmpty();
  }

  /** Kills the QEMU and waits for a phase, which may pass. */
  private VirtualMachine afterTheKill(VirtualMachine vm, VirtualMachinePhase phase)
      throws Exception {
    var pod = Objects.requireNonNull(namespace.pod(vm.getStatus().vmm().pod()));
    long qemu = NodeView.program(pod.getMetadata().getUid()).orElseThrow();
    var seen =
        namespace
            .vm(VM)
            .informOnCondition(
                now -> now.stream().anyMatch(one -> one.getStatus().phase() == phase));
    assertThat(ProcessHandle.of(qemu).orElseThrow().destroyForcibly()).isTrue();
    return seen.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).getFirst();
  }

  /** Its kernel has to boot first. */
  private static GuestServices.Uptime answer(GuestServices guest) {
    return await()
        .ignoreExceptionsInstanceOf(IOException.class)
        .atMost(PATIENCE)
        .until(guest::uptime, Objects::nonNull);
  }

  private String anchorUid() {
    return Objects.requireNonNull(namespace.pod(VM + "-anchor")).getMetadata().getUid();
  }
}
