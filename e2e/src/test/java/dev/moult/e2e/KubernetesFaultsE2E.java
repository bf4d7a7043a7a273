package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What Kubernetes' own parts do to a guest: drain, cordon, quota, a full node, preemption, deletion
 * by force and of the whole namespace, each with the real scheduler and kubelet.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KubernetesFaultsE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final KubernetesClient client;
  private TestNamespace namespace;
  private final String node;

  KubernetesFaultsE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-kubernetes");
    node = client.nodes().list().getItems().getFirst().getMetadata().getName();
  }

  @AfterEach
  void uncordon() {
    kubectl("uncordon", node);
  }

  @AfterAll
  void remove() {
    client
        .resources(io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass.class)
        .withName("e2e-urgent")
        .delete();
    namespace.delete();
  }

  @Test
  void aCordonedNodeUpdatesAndADrainPowersDownOrWaitsAsTheStrategySays() throws Exception {
    var guest = WatchedUpdate.services(boot("drained"));
    kubectl("cordon", node);
    namespace.await("drained", PATIENCE, vm -> reason(vm, "Scheduled").equals("NodeCordoned"));

    namespace.force("cordoned", "drained");

    assertThat(end("cordoned")).isEqualTo(LiveUpdatePhase.COMPLETED);
    namespace.patch("drained", "{\"spec\":{\"evictionStrategy\":\"None\"}}");
    awaitBudget("drained", 2);
    assertThat(drain("drained", "5s")).contains("disruption budget");
    assertThat(guest.uptime().seconds()).as("it runs on").isPositive();

    namespace.patch("drained", "{\"spec\":{\"evictionStrategy\":\"Shutdown\"}}");
    awaitBudget("drained", 0);
    assertThat(drain("drained", "60s")).contains("drained");

    var waits =
        namespace.await(
            "drained",
            PATIENCE,
            vm ->
                vm.getStatus().phase() == VirtualMachinePhase.SCHEDULING
                    && reason(vm, "Scheduled").equals("Unschedulable"));
    assertThat(waits.getStatus().lastTermination().reason()).isEqualTo("Evicted");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", "drained"))
                .anyMatch(event -> event.getMessage().contains("EvictionByEvictionAPI")));
    kubectl("uncordon", node);
    namespace.await("drained", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    remove("drained");
  }

  @Test
  void podsThatAreDeletedByForceStayUntilTheirProcessesAreDead() throws Exception {
    for (var suffix : List.of("-vmm-1", "-anchor")) {
      var vm = boot("forced");
      var pod = Objects.requireNonNull(namespace.pod("forced" + suffix));
      var uid = pod.getMetadata().getUid();
      assertThat(NodeView.processes(uid)).isNotEmpty();

      kubectl(
          "-n",
          namespace.name(),
          "delete",
          "pod",
          "forced" + suffix,
          "--force",
          "--grace-period=0",
          "--wait=false");

      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            var seen = namespace.pod("forced" + suffix);
            var gone = seen == null || !seen.getMetadata().getUid().equals(uid);
            // Looked at after the object: what is gone by then may have died in between, not the
            // other way round.
            if (gone) {
              assertThat(NodeView.processes(uid)).as("processes of a pod that is gone").isEmpty();
            }
            return gone;
          });
      var next =
          namespace.await(
              "forced",
              PATIENCE,
              seen ->
                  TestNamespace.guestRuns(seen)
                      && !Objects.equals(seen.getStatus().runID(), vm.getStatus().runID()));
      // Kubelet or agent, whoever is first: without a grace period it is over at once.
      assertThat(next.getStatus().lastTermination().reason())
          .isIn("PodDeleted", "KilledAfterGracePeriod");
      remove("forced");
    }
  }

  @Test
  void aQuotaRefusesAnUpdateAndTheGuestIsNotTouched() throws Exception {
    var guest = WatchedUpdate.services(boot("quota"));
    var before = guest.uptime();
    namespace.apply(
        """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: pods}
        spec: {hard: {requests.cpu: 205m}}
        """);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() ->
            client
                .resourceQuotas()
                .inNamespace(namespace.name())
                .withName("pods")
                .get()
                .getStatus()
                .getUsed()
                .containsKey("requests.cpu"));

    // Said before anybody asks for an update.
    namespace.await("quota", PATIENCE, vm -> isUpdatable(vm, ConditionStatus.FALSE));

    namespace.force("refused", "quota");

    assertThat(end("refused")).isEqualTo(LiveUpdatePhase.REFUSED);
    var status = namespace.update("refused").require().getStatus();
    assertThat(status.reason()).isEqualTo("QuotaExceeded");
    assertThat(status.message()).contains("exceeded quota: pods", "Raise the quota");
    assertThat(guest.uptime().bootId()).isEqualTo(before.bootId());
    client.resourceQuotas().inNamespace(namespace.name()).withName("pods").delete();
    namespace.await("quota", PATIENCE, vm -> isUpdatable(vm, ConditionStatus.TRUE));
    remove("quota");
  }

  private static boolean isUpdatable(VirtualMachine vm, ConditionStatus wanted) {
    return vm.getStatus().conditions().stream()
        .filter(condition -> condition.type().equals(ConditionType.UPDATABLE.value()))
        .anyMatch(condition ->
            condition.status() == wanted
                && condition.reason().equals("QuotaExceeded") == (wanted == ConditionStatus.FALSE));
  }

  @Test
  void onAFullNodeTheNewPodIsTinyUntilThereIsRoom() throws Exception {
    var guest = WatchedUpdate.services(boot("full"));
    // Grown in the spec: what the old pod leaves behind will not do.
    namespace.patch("full", "{\"spec\":{\"cpu\":{\"request\":\"400m\"}}}");
    fill("filler", freeMillis() - 50, 0);

    namespace.force("tiny", "full");

    namespace.await("full", PATIENCE, vm -> reason(vm, "Degraded").equals("CpuPending"));
    assertThat(namespace.update("tiny").require().getStatus().phase())
        .isEqualTo(LiveUpdatePhase.COMMITTING);
    assertThat(guest.verify().bad()).isZero();
    client.pods().inNamespace(namespace.name()).withName("filler").withGracePeriod(0).delete();
    assertThat(end("tiny")).isEqualTo(LiveUpdatePhase.COMPLETED);
    var status = namespace.update("tiny").require().getStatus();
    assertThat(status.brownoutMicros()).isPositive();
    namespace.await("full", PATIENCE, vm -> reason(vm, "Degraded").equals("NoFault"));
    assertThat(cpu(Objects.requireNonNull(namespace.pod(status.to().pod()))))
        .isEqualByComparingTo("0.4");
    remove("full");
  }

  @Test
  void aPodOfHigherPriorityTakesTheGuestsRoomAndThatIsTold() throws Exception {
    boot("preempted");
    client
        .load(
            new java.io.ByteArrayInputStream(
                """
                apiVersion: scheduling.k8s.io/v1
                kind: PriorityClass
                metadata: {name: e2e-urgent}
                value: 1000000
                """
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .serverSideApply();
    fill("urgent-filler", freeMillis() - 10, 1_000_000);

    fill("urgent", 150, 1_000_000);

    var ended =
        namespace.await("preempted", PATIENCE, vm -> vm.getStatus().lastTermination() != null);
    assertThat(ended.getStatus().lastTermination().reason()).isEqualTo("Preempted");
    client.pods().inNamespace(namespace.name()).withName("urgent").withGracePeriod(0).delete();
    client
        .pods()
        .inNamespace(namespace.name())
        .withName("urgent-filler")
        .withGracePeriod(0)
        .delete();
    namespace.await("preempted", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    remove("preempted");
  }

  @Test
  void aNamespaceThatIsDeletedGoesWithItsGuests() throws Exception {
    var outer = namespace;
    namespace = TestNamespace.create(client, "e2e-kubernetes-gone");
    try {
      boot("doomed");
      var uids =
          client.pods().inNamespace(namespace.name()).list().getItems().stream()
              .map(pod -> pod.getMetadata().getUid())
              .toList();
      assertThat(uids).hasSize(2);

      client.namespaces().withName(namespace.name()).delete();

      client
          .namespaces()
          .withName(namespace.name())
          .waitUntilCondition(Objects::isNull, 90, TimeUnit.SECONDS);
      for (var uid : uids) {
        assertThat(NodeView.processes(uid)).isEmpty();
      }
    } finally {
      namespace = outer;
    }
  }

  private VirtualMachine boot(String name) throws IOException, InterruptedException {
    return namespace.boot(
        name, ExampleVm.manifest(Installed.checkout(), name, yaml -> yaml), PATIENCE);
  }

  private void remove(String vm) {
    namespace.vm(vm).delete();
    namespace.vm(vm).waitUntilCondition(Objects::isNull, PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private LiveUpdatePhase end(String update) {
    return namespace.awaitUpdate(update, PATIENCE, TestNamespace::ended).getStatus().phase();
  }

  private static String reason(VirtualMachine vm, String type) {
    return vm.getStatus() == null
        ? ""
        : vm.getStatus().conditions().stream()
            .filter(c -> c.type().equals(type))
            .map(Condition::reason)
            .findFirst()
            .orElse("");
  }

  /** A pod that takes so much CPU of the node, in millicores, and does nothing with it. */
  private void fill(String name, long millis, int priority) {
    assertThat(millis).as("room for " + name).isPositive();
    client
        .resource(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              %s
              terminationGracePeriodSeconds: 0
              securityContext: {runAsNonRoot: true, runAsUser: 65000, seccompProfile: {type: RuntimeDefault}}
              containers:
                - name: sleep
                  image: moult.local/launcher:dev
                  command: [/usr/bin/sleep, infinity]
                  resources: {requests: {cpu: %dm}}
                  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            """
                .formatted(name, priority == 0 ? "" : "priorityClassName: e2e-urgent", millis))
        .inNamespace(namespace.name())
        .create();
    if (!name.equals("urgent")) {
      client
          .pods()
          .inNamespace(namespace.name())
          .withName(name)
          .waitUntilReady(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** What the scheduler may still give away on the node, in millicores. */
  private long freeMillis() {
    var allocatable = client.nodes().withName(node).get().getStatus().getAllocatable().get("cpu");
    var used =
        client.pods().inAnyNamespace().list().getItems().stream()
            .filter(pod -> node.equals(pod.getSpec().getNodeName()))
            .filter(pod -> !List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
            .map(KubernetesFaultsE2E::cpu)
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    return allocatable.getNumericalAmount().subtract(used).movePointRight(3).longValue();
  }

  private static BigDecimal cpu(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .map(container -> container.getResources().getRequests())
        .filter(Objects::nonNull)
        .map(requests -> requests.getOrDefault("cpu", new Quantity("0")).getNumericalAmount())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private void awaitBudget(String vm, int pods) {
    client
        .policy()
        .v1()
        .podDisruptionBudget()
        .inNamespace(namespace.name())
        .withName(vm + "-vm")
        .waitUntilCondition(
            budget ->
                budget != null
                    && budget.getSpec().getMinAvailable().getIntVal() == pods
                    && Objects.equals(
                        budget.getStatus().getObservedGeneration(),
                        budget.getMetadata().getGeneration()),
            PATIENCE.toSeconds(),
            TimeUnit.SECONDS);
  }

  /**
   * Drains the node of one virtual machine's pods. What kubectl printed, whether it could or not.
   */
  private String drain(String vm, String timeout) {
    return Installed.run(
        "bash",
        "-c",
        "$(dev/cluster/cluster binaries)/kubectl drain "
            + node
            + " --pod-selector=moult.dev/vm="
            + vm
            + " --delete-emptydir-data --force --timeout="
            + timeout
            + " 2>&1 || true");
  }

  private static void kubectl(String... arguments) {
    Installed.run(
        "bash", "-c", "$(dev/cluster/cluster binaries)/kubectl " + String.join(" ", arguments));
  }
}
