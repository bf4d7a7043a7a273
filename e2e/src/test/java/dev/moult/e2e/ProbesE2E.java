package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** The kubelet asks the guest, through the pod's address, whether it is well. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProbesE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TestNamespace namespace;

  ProbesE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-probes");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  void aGuestIsReadyWhileItAnswersAndALiveUpdateChangesNothingOfThat() throws Exception {
    var before =
        boot(
            "ready",
            """
              startupProbe: {tcpSocket: {port: %2$d}, periodSeconds: 1, failureThreshold: 120}
              readinessProbe: {tcpSocket: {port: %1$d}, periodSeconds: 1, failureThreshold: 1}
              livenessProbe: {tcpSocket: {port: %2$d}, periodSeconds: 1, timeoutSeconds: 2}
            """
                .formatted(GuestServices.ECHO, GuestServices.UPTIME));

    namespace.type("ready", "deaf\n");

    var unready =
        namespace.await(
            "ready", PATIENCE, vm -> "ReadinessProbeFailing".equals(ready(vm).reason()));
    assertThat(TestNamespace.isTrue(unready, "Running")).isTrue();
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(podIsReady("ready")).isFalse());

    namespace.type("ready", "hear\n");

    namespace.await("ready", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(podIsReady("ready")).isTrue());

    var update = namespace.update("ready", PATIENCE, () -> namespace.force("ready-1", "ready"));

    assertThat(TestNamespace.phase(update)).isEqualTo(LiveUpdatePhase.COMPLETED);
    var after = namespace.await("ready", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    assertThat(after.getStatus().runID()).isEqualTo(before.getStatus().runID());
    assertThat(after.getStatus().restarts()).isZero();
    assertThat(guestContainer("ready").getRestartCount()).isZero();
    namespace.vm("ready").delete();
  }

  @Test
  void aGuestThatIsNotAliveIsStartedAgain() throws Exception {
    var first =
        boot(
            "alive",
            """
              startupProbe: {tcpSocket: {port: %1$d}, periodSeconds: 1, failureThreshold: 120}
              livenessProbe: {tcpSocket: {port: %1$d}, periodSeconds: 1, failureThreshold: 3}
            """
                .formatted(GuestServices.ECHO));

    namespace.type("alive", "deaf\n");

    var second =
        namespace.await(
            "alive",
            PATIENCE,
            vm ->
                TestNamespace.isTrue(vm, "Ready")
                    && !Objects.equals(vm.getStatus().runID(), first.getStatus().runID()));
    assertThat(second.getStatus().restarts()).isEqualTo(1);
    assertThat(second.getStatus().lastTermination().reason()).isEqualTo("LivenessProbeFailed");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", "alive"))
                .anyMatch(event -> "LivenessProbeFailed".equals(event.getReason())));
    namespace.vm("alive").delete();
  }

  private VirtualMachine boot(String name, String probes) throws IOException, InterruptedException {
    return namespace.boot(
        name,
        ExampleVm.manifest(Installed.checkout(), name, yaml -> yaml + "\n" + probes),
        PATIENCE);
  }

  private static Condition ready(VirtualMachine vm) {
    return vm.getStatus().conditions().stream()
        .filter(condition -> "Ready".equals(condition.type()))
        .findFirst()
        .orElseThrow();
  }

  private boolean podIsReady(String vm) {
    return Objects.requireNonNull(namespace.pod(vm + "-anchor"))
        .getStatus()
        .getConditions()
        .stream()
        .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private ContainerStatus guestContainer(String vm) {
    return Objects.requireNonNull(namespace.pod(vm + "-anchor"))
        .getStatus()
        .getContainerStatuses()
        .stream()
        .filter(status -> "guest".equals(status.getName()))
        .findFirst()
        .orElseThrow();
  }
}
