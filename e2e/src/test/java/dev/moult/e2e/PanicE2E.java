package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** A distribution's kernel panics, and says so: what follows is the run strategy's. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PanicE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(8);

  private final TestNamespace namespace;

  PanicE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-panic");
  }

  /** Both at once: it is their boots that take the time. */
  @BeforeAll
  void start() throws IOException, InterruptedException {
    Installed.run("images/load", "debian-disk");
    apply("by-hand", "Manual");
    apply("on-failure", "RerunOnFailure");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  void aPanicEndsTheRunOfOneThatIsStartedByHand() {
    var ended =
        namespace.await(
            "by-hand",
            PATIENCE,
            vm ->
                vm.getStatus() != null
                    && vm.getStatus().phase() == VirtualMachinePhase.STOPPED
                    && vm.getStatus().lastTermination() != null);

    assertThat(ended.getStatus().lastTermination().reason()).isEqualTo("GuestPanicked");
    assertThat(TestNamespace.isTrue(ended, "Ready")).isFalse();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", "by-hand"))
                .anyMatch(event -> "GuestPanicked".equals(event.getReason())));
    namespace.vm("by-hand").delete();
  }

  @Test
  void aPanicIsAFaultThatTheOthersAreStartedAgainAfter() {
    var again =
        namespace.await(
            "on-failure",
            PATIENCE,
            vm ->
                vm.getStatus() != null
                    && vm.getStatus().restarts() != null
                    && vm.getStatus().restarts() > 0
                    && TestNamespace.guestRuns(vm));

    assertThat(again.getStatus().lastTermination().reason()).isEqualTo("GuestPanicked");
    namespace.vm("on-failure").delete();
  }

  /** It panics as soon as cloud-init runs, at every boot; one that boots heeds no power button. */
  private void apply(String name, String strategy) {
    namespace.apply(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachine
        metadata:
          name: %s
        spec:
          runStrategy: %s
          restartRequestedAt: "%s"
          terminationGracePeriodSeconds: 1
          cpu: {cores: 1, request: 200m}
          memory: {size: 512Mi}
          vmm: {image: "moult.local/qemu:11.1.3"}
          boot: {firmware: BIOS}
          disks:
          - name: root
            bootOrder: 1
            containerDisk: {image: "moult.local/debian-disk:13", path: /disk/root.qcow2}
          - name: seed
            cloudInit:
              userData: |
                #cloud-config
                bootcmd:
                - echo c > /proc/sysrq-trigger
        """
            .formatted(name, strategy, Instant.now()));
  }
}
