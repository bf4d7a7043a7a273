package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;

/**
 * A namespace, a node, and what user, scheduler, kubelet and agent write there, each through the
 * API as it would.
 */
final class World {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final KubernetesClient client;
  final String namespace;
  final String node;

  private World(KubernetesClient client, String namespace, String node) {
    this.client = client;
    this.namespace = namespace;
    this.node = node;
  }

  static World create(KubernetesClient client, String name) {
    client.resource(Namespaces.restricted(name)).create();
    client.resource(Namespaces.serviceAccount(name, "default")).create();
    var world = new World(client, name, "node-" + name);
    world.nodeWithCpu("4");
    world.agentStarts();
    return world;
  }

  void nodeWithCpu(String cpu) {
    client
        .nodes()
        .resource(new NodeBuilder().withNewMetadata().withName(node).endMetadata().build())
        .serverSideApply();
    client
        .nodes()
        .withName(node)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.asJson(
                Map.of(
                    "status",
                    Map.of(
                        "allocatable", Map.of("cpu", cpu, "memory", "8Gi", "pods", "110"),
                        "capacity", Map.of("cpu", cpu, "memory", "8Gi", "pods", "110")))));
  }

  /** A pod of the node agent, ready. */
  void agentStarts() {
    var home = new World(client, "moult-system", node);
    client.resource(Namespaces.named(home.namespace)).serverSideApply();
    client.resource(Namespaces.serviceAccount(home.namespace, "default")).serverSideApply();
    home.foreignPod(agent(), "1m", true);
    home.pods(agent())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"labels\":{\"app.kubernetes.io/component\":\"node-agent\"}}}");
    home.patchPodStatus(
        agent(), Map.of("conditions", List.of(Map.of("type", "Ready", "status", "True"))));
  }

  /** It is gone, and none follows. */
  void agentEnds() {
    client.pods().inNamespace("moult-system").withName(agent()).withGracePeriod(0).delete();
  }

  private String agent() {
    return "moult-node-agent-" + node;
  }

  /** The kubelet of the node has stopped reporting, as the node controller says. */
  void nodeIsSilent() {
    client
        .nodes()
        .withName(node)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}");
  }

  /** An administrator says that the machine is off. */
  void nodeIsOutOfService() {
    client
        .nodes()
        .withName(node)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"taints\":[{\"key\":\"node.kubernetes.io/out-of-service\","
                + "\"value\":\"nodeshutdown\",\"effect\":\"NoExecute\"}]}}");
  }

  void cordon(boolean on) {
    client
        .nodes()
        .withName(node)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"unschedulable\":" + on + "}}");
  }

  // The user.

  VirtualMachine vm(String name) {
    return vm(name, UnaryOperator.identity());
  }

  /** Creates a virtual machine; the spec is given as the tree that a user would write. */
  VirtualMachine vm(String name, UnaryOperator<Map<String, Object>> change) {
    var spec = new HashMap<String, Object>();
    spec.put("cpu", Map.of("cores", 2, "request", "500m"));
    spec.put("memory", Map.of("size", "512Mi"));
    spec.put("vmm", Map.of("image", "moult.local/qemu:10"));
    spec.put("boot", Map.of("kernel", Map.of("image", "moult.local/guest:1")));
    spec.put(
        "networks",
        List.of(
            Map.of(
                "name",
                "pod",
                "pod",
                Map.of(),
                "ports",
                List.of(Map.of("name", "http", "port", 80)))));
    spec.put("podMetadata", Map.of("labels", Map.of("app", name)));
    spec.put("terminationGracePeriodSeconds", 5);
    var object =
        Map.of(
            "apiVersion",
            "moult.dev/v1alpha1",
            "kind",
            "VirtualMachine",
            "metadata",
            Map.of("name", name, "namespace", namespace),
            "spec",
            change.apply(spec));
    return client
        .resource(Serialization.unmarshal(Serialization.asJson(object), VirtualMachine.class))
        .create();
  }

  void patchSpec(String vm, Map<String, ?> spec) {
    vms(vm)
        .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("spec", spec)));
  }

  LiveUpdate update(String name, Map<String, ?> spec) {
    var object =
        Map.of(
            "apiVersion",
            "moult.dev/v1alpha1",
            "kind",
            "LiveUpdate",
            "metadata",
            Map.of("name", name, "namespace", namespace),
            "spec",
            spec);
    return client
        .resource(Serialization.unmarshal(Serialization.asJson(object), LiveUpdate.class))
        .create();
  }

  // The scheduler.

  void bind(String pod) {
    var binding =
        new BindingBuilder()
            .withNewMetadata()
            .withName(pod)
            .withNamespace(namespace)
            .endMetadata()
            .withNewTarget()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(node)
            .endTarget()
            .build();
    client.raw("/api/v1/namespaces/" + namespace + "/pods/" + pod + "/binding", "POST", binding);
  }

  void unschedulable(String pod, String message) {
    patchPodStatus(
        pod,
        Map.of(
            "conditions",
            List.of(
                Map.of(
                    "type",
                    "PodScheduled",
                    "status",
                    "False",
                    "reason",
                    "Unschedulable",
                    "message",
                    message,
                    "lastTransitionTime",
                    Instant.now().toString()))));
  }

  // The kubelet.

  /** Starts the container of a bound pod. */
  void runs(String pod, String container, String cpu) {
    patchPodStatus(
        pod,
        Map.of(
            "phase",
            "Running",
            "podIP",
            "10.1.2.3",
            "podIPs",
            List.of(Map.of("ip", "10.1.2.3")),
            "containerStatuses",
            List.of(
                Map.of(
                    "name",
                    container,
                    "image",
                    "any",
                    "imageID",
                    "any",
                    "ready",
                    true,
                    "restartCount",
                    0,
                    "resources",
                    Map.of("requests", Map.of("cpu", cpu)),
                    "state",
                    Map.of("running", Map.of("startedAt", Instant.now().toString()))))));
  }

  /** A virtual machine's anchor runs, beside it the container with the guest's probes. */
  void probed(String vm, boolean started, boolean ready, Map<String, ?> lastState) {
    patchPodStatus(
        vm + "-anchor",
        Map.of(
            "containerStatuses",
            Stream.of("anchor", "guest")
                .map(name -> {
                  var status = new HashMap<String, Object>();
                  status.put("name", name);
                  status.put("image", "any");
                  status.put("imageID", "any");
                  status.put("restartCount", 0);
                  status.put("started", name.equals("anchor") || started);
                  status.put("ready", name.equals("anchor") || ready);
                  status.put(
                      "state", Map.of("running", Map.of("startedAt", Instant.now().toString())));
                  if (name.equals("guest")) {
                    status.put("lastState", lastState);
                  }
                  return status;
                })
                .toList()));
  }

  void waits(String pod, String container, String reason, String message) {
    patchPodStatus(
        pod,
        Map.of(
            "containerStatuses",
            List.of(
                Map.of(
                    "name",
                    container,
                    "image",
                    "any",
                    "imageID",
                    "",
                    "ready",
                    false,
                    "restartCount",
                    0,
                    "state",
                    Map.of("waiting", Map.of("reason", reason, "message", message))))));
  }

  void ends(String pod, String container, int exitCode) {
    patchPodStatus(
        pod,
        Map.of(
            "phase",
            exitCode == 0 ? "Succeeded" : "Failed",
            "containerStatuses",
            List.of(
                Map.of(
                    "name",
                    container,
                    "image",
                    "any",
                    "imageID",
                    "any",
                    "ready",
                    false,
                    "restartCount",
                    0,
                    "state",
                    terminated(exitCode)))));
  }

  private static Map<String, Object> terminated(int exitCode) {
    var state = new HashMap<String, Object>();
    state.put("running", null);
    state.put("waiting", null);
    state.put(
        "terminated",
        Map.of("exitCode", exitCode, "reason", exitCode == 0 ? "Completed" : "Error"));
    return state;
  }

  /** {@code kubectl delete --force --grace-period=0}. */
  void forceDelete(String name) {
    pods(name).withGracePeriod(0).delete();
  }

  /** What the garbage collection of pods writes about those of a node that is lost. */
  void garbageCollectionFails(String name) {
    patchPodStatus(
        name,
        Map.of(
            "phase",
            "Failed",
            "conditions",
            List.of(
                Map.of(
                    "type",
                    "DisruptionTarget",
                    "status",
                    "True",
                    "reason",
                    "DeletionByPodGC",
                    "message",
                    "PodGC: node no longer exists",
                    "lastTransitionTime",
                    Instant.now().toString()))));
  }

  /**
   * Ends and removes a pod whose deletion was asked for, as the kubelet does: first it says that
   * the containers have ended, then it deletes the object, which goes once nothing holds it.
   */
  void removes(String name) {
    eventually(() -> {
      var pod = pods(name).get();
      assertThat(pod == null || pod.getMetadata().getDeletionTimestamp() != null)
          .as("deletion of " + name)
          .isTrue();
    });
    var pod = pods(name).get();
    if (pod == null) {
      return;
    }
    if (pod.getSpec().getNodeName() != null && !PodFacts.ended(pod)) {
      endsUnlessGone(pod);
    }
    pods(name).withGracePeriod(0).delete();
    var uid = pod.getMetadata().getUid();
    eventually(() -> {
      var after = pods(name).get();
      assertThat(after == null || !after.getMetadata().getUid().equals(uid)).as(name).isTrue();
    });
  }

  /** A pod that is proved dead goes without its kubelet, perhaps right now. */
  private void endsUnlessGone(Pod pod) {
    try {
      ends(pod.getMetadata().getName(), pod.getSpec().getContainers().getFirst().getName(), 137);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private void patchPodStatus(String pod, Map<String, ?> status) {
    pods(pod)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            Serialization.asJson(Map.of("status", status)));
  }

  // The agent.

  void guest(String vm, String state, String vmmPod, Map<String, ?> more) {
    var status = Objects.requireNonNull(machine(vm).getStatus());
    var guest = new HashMap<String, Object>(more);
    guest.put("state", state);
    guest.put("since", Instant.now().toString());
    guest.put("runID", Objects.requireNonNull(status.runID()));
    guest.put("vmmPod", vmmPod);
    guest.putIfAbsent("qemuVersion", "10.0.2");
    agentApplies(vm, "VirtualMachine", Map.of("guest", guest));
  }

  void handoff(String update, Map<String, ?> status) {
    agentApplies(update, "LiveUpdate", status);
  }

  Map<String, Object> checked() {
    return Map.of(
        "type", "Checked",
        "status", "True",
        "reason", "Passed",
        "lastTransitionTime", Instant.now().toString());
  }

  /** A verdict with all that the agent writes beside it. */
  Map<String, Object> verdict(LiveUpdate update, String verdict, String reason, String message) {
    var status = new HashMap<String, Object>();
    var handoff = new HashMap<String, Object>();
    handoff.put("uid", update.getMetadata().getUid());
    handoff.put(
        "runID",
        Objects.requireNonNull(machine(update.getSpec().virtualMachine()).getStatus()).runID());
    handoff.put("verdict", verdict);
    handoff.put("reason", reason);
    handoff.put("message", message);
    handoff.put("at", Instant.now().toString());
    handoff.put("toQemuVersion", "11.1.3");
    status.put("handoff", handoff);
    status.put("conditions", List.of(checked()));
    if (verdict.equals("Commit")) {
      status.put("pause", "9.4ms");
      status.put("pauseMicros", 9412);
      status.put(
          "timeline",
          List.of(
              Map.of("step", "GuestResumed", "at", Instant.now().toString()),
              Map.of("step", "OldVmmKilled", "at", Instant.now().toString())));
    }
    return status;
  }

  private void agentApplies(String name, String kind, Map<String, ?> status) {
    var object =
        Map.of(
            "apiVersion",
            "moult.dev/v1alpha1",
            "kind",
            kind,
            "metadata",
            Map.of("name", name, "namespace", namespace),
            "status",
            status);
    var resource =
        client
            .genericKubernetesResources("moult.dev/v1alpha1", kind)
            .inNamespace(namespace)
            .withName(name);
    resource
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("moult-agent")
                .build(),
            Serialization.asJson(object));
  }

  // All of them: a virtual machine whose guest runs.

  void running(String vm) {
    placed(vm);
    runs(vm + "-vmm-1", "vmm", "500m");
    guest(vm, "running", vm + "-vmm-1", Map.of());
    eventually(() -> assertPhase(vm, VirtualMachinePhase.RUNNING));
  }

  void placed(String vm) {
    eventually(() -> assertThat(pods(vm + "-anchor").get()).isNotNull());
    bind(vm + "-anchor");
    runs(vm + "-anchor", "anchor", "1m");
    eventually(() -> assertThat(pods(vm + "-vmm-1").get()).isNotNull());
    bind(vm + "-vmm-1");
  }

  // What is there.

  Resource<VirtualMachine> vms(String name) {
    return client.resources(VirtualMachine.class).inNamespace(namespace).withName(name);
  }

  VirtualMachine machine(String name) {
    return vms(name).require();
  }

  LiveUpdate liveUpdate(String name) {
    return client.resources(LiveUpdate.class).inNamespace(namespace).withName(name).require();
  }

  List<LiveUpdate> liveUpdates() {
    return client.resources(LiveUpdate.class).inNamespace(namespace).list().getItems();
  }

  PodResource pods(String name) {
    return client.pods().inNamespace(namespace).withName(name);
  }

  Pod pod(String name) {
    return pods(name).require();
  }

  Quantity memoryRequest(String pod) {
    var requests = pod(pod).getSpec().getContainers().getFirst().getResources().getRequests();
    return Objects.requireNonNull(requests.get("memory"));
  }

  List<String> podNames() {
    return client.pods().inNamespace(namespace).list().getItems().stream()
        .map(p -> p.getMetadata().getName())
        .sorted()
        .toList();
  }

  List<String> eventReasons(String kind, String name) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> e.getInvolvedObject().getKind().equals(kind))
        .filter(e -> e.getInvolvedObject().getName().equals(name))
        .map(Event::getReason)
        .toList();
  }

  void assertPhase(String vm, VirtualMachinePhase phase) {
    var status = machine(vm).getStatus();
    assertThat(status).as("status of " + vm).isNotNull();
    assertThat(Objects.requireNonNull(status).phase()).as("%s", status).isEqualTo(phase);
  }

  void assertPhase(LiveUpdatePhase phase, String update) {
    var status = liveUpdate(update).getStatus();
    assertThat(status).as("status of " + update).isNotNull();
    assertThat(Objects.requireNonNull(status).phase()).as("%s", status).isEqualTo(phase);
  }

  /** Status and reason of a condition, such as {@code False Unschedulable}. */
  String condition(String vm, String type) {
    return Objects.requireNonNull(machine(vm).getStatus()).conditions().stream()
        .filter(c -> c.type().equals(type))
        .map(c -> c.status() + " " + c.reason())
        .findFirst()
        .orElse("none");
  }

  void eventually(ThrowingRunnable assertion) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .untilAsserted(assertion);
  }

  /** A pod of somebody else that takes room, or a name. */
  void foreignPod(String name, String cpu, boolean bound) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .endMetadata()
            .withNewSpec()
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .addNewContainer()
            .withName("main")
            .withImage("any")
            .withNewResources()
            .addToRequests("cpu", new Quantity(cpu))
            .endResources()
            .withNewSecurityContext()
            .withAllowPrivilegeEscalation(false)
            .withNewCapabilities()
            .addToDrop("ALL")
            .endCapabilities()
            .endSecurityContext()
            .endContainer()
            .endSpec()
            .build();
    client.resource(pod).create();
    if (bound) {
      bind(name);
    }
  }

  /** A quota of pods that is used up; its controller, which is not here, would count so. */
  void quota(int pods) {
    var full = Map.of("pods", new Quantity(Integer.toString(pods)));
    quotaOf(full, full);
  }

  /** The same quota, raised or lowered, with so many pods used. */
  void quotaStatus(int pods, int used) {
    var quota = client.resourceQuotas().inNamespace(namespace).withName("pods").require();
    quota.setStatus(
        new ResourceQuotaStatusBuilder()
            .withHard(Map.of("pods", new Quantity(Integer.toString(pods))))
            .withUsed(Map.of("pods", new Quantity(Integer.toString(used))))
            .build());
    client.resource(quota).updateStatus();
  }

  /** A quota, and what its controller would count. */
  void quotaOf(Map<String, Quantity> hard, Map<String, Quantity> used) {
    var quota =
        new ResourceQuotaBuilder()
            .withNewMetadata()
            .withName("pods")
            .withNamespace(namespace)
            .endMetadata()
            .withNewSpec()
            .withHard(hard)
            .endSpec()
            .build();
    var created = client.resource(quota).create();
    created.setStatus(new ResourceQuotaStatusBuilder().withHard(hard).withUsed(used).build());
    client.resource(created).updateStatus();
  }

  /** How many pods the virtual machine's disruption budget keeps. */
  int minAvailable(String vm) {
    return client
        .policy()
        .v1()
        .podDisruptionBudget()
        .inNamespace(namespace)
        .withName(vm + "-vm")
        .require()
        .getSpec()
        .getMinAvailable()
        .getIntVal();
  }

  /** Names of the namespace's LiveUpdates. */
  List<String> updateNames() {
    return new ArrayList<>(liveUpdates().stream().map(u -> u.getMetadata().getName()).toList());
  }
}
