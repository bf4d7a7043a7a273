package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsyStatus;
import dev.moult.operator.disk.InlineData;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Drops from cached objects what nobody reads, <em>in place</em>: a copy of each object during a
 * list doubles the memory at the worst moment. What was dropped is read by GET when it is needed,
 * and never applied back.
 */
public final class Slim {
  private Slim() {}

  /** Keeps names, owner, moult's own labels and annotations, node, image, CPU and state. */
  public static Pod pod(Pod pod) {
    meta(pod.getMetadata());
    pod.getMetadata().setAnnotations(ours(pod.getMetadata().getAnnotations()));
    pod.getMetadata().setLabels(ours(pod.getMetadata().getLabels()));
    if (pod.getSpec() != null) {
      pod.setSpec(spec(pod.getSpec()));
    }
    if (pod.getStatus() != null) {
      pod.setStatus(status(pod.getStatus()));
    }
    return pod;
  }

  /** Drops what only {@code kubectl}, the agent and the API server read. */
  public static VirtualMachine virtualMachine(VirtualMachine vm) {
    meta(vm.getMetadata());
    vm.getMetadata().setAnnotations(null);
    if (vm.getSpec() != null) {
      vm.setSpec(InlineData.slim(vm.getSpec()));
    }
    return vm;
  }

  /** Drops what only {@code kubectl} and the API server read. */
  public static LiveUpdate liveUpdate(LiveUpdate update) {
    meta(update.getMetadata());
    update.getMetadata().setAnnotations(null);
    return update;
  }

  /** Drops the guest's log, which is its secret, beside what only {@code kubectl} reads. */
  public static VirtualMachineAutopsy autopsy(VirtualMachineAutopsy autopsy) {
    meta(autopsy.getMetadata());
    autopsy.getMetadata().setAnnotations(null);
    var status = autopsy.getStatus();
    var found = status == null ? null : status.findings();
    if (status != null && found != null) {
      autopsy.setStatus(
          new VirtualMachineAutopsyStatus(
              status.observedGeneration(),
              status.nodeName(),
              status.phase(),
              status.message(),
              status.expiresAt(),
              new AutopsyFindings(
                  found.uid(),
                  found.runID(),
                  found.at(),
                  found.readable(),
                  found.message(),
                  null,
                  null,
                  null,
                  null,
                  List.of())));
    }
    return autopsy;
  }

  /** Keeps name, cordon, taints and whether it is ready. */
  public static Node node(Node node) {
    meta(node.getMetadata());
    node.getMetadata().setAnnotations(null);
    node.getMetadata().setLabels(null);
    var spec = new NodeSpec();
    if (node.getSpec() != null) {
      spec.setUnschedulable(node.getSpec().getUnschedulable());
      spec.setTaints(node.getSpec().getTaints());
    }
    node.setSpec(spec);
    var status = new NodeStatus();
    if (node.getStatus() != null && node.getStatus().getConditions() != null) {
      status.setConditions(
          node.getStatus().getConditions().stream()
              .filter(c -> "Ready".equals(c.getType()))
              .toList());
    }
    node.setStatus(status);
    return node;
  }

  /** Keeps name and limits. */
  public static <R extends HasMetadata> R limits(R limits) {
    meta(limits.getMetadata());
    limits.getMetadata().setAnnotations(null);
    limits.getMetadata().setLabels(null);
    return limits;
  }

  private static void meta(ObjectMeta meta) {
    meta.setManagedFields(null);
    meta.setSelfLink(null);
  }

  private static Map<String, String> ours(Map<String, String> map) {
    return map == null
        ? Map.of()
        : map.entrySet().stream()
            .filter(e -> e.getKey().startsWith(ApiNames.GROUP + "/"))
            .collect(Collectors.toMap(e -> e.getKey().intern(), e -> e.getValue()));
  }

  private static PodSpec spec(PodSpec spec) {
    var slim = new PodSpec();
    slim.setNodeName(spec.getNodeName());
    slim.setContainers(spec.getContainers().stream().map(Slim::container).toList());
    return slim;
  }

  private static Container container(Container container) {
    var slim = new Container();
    slim.setName(container.getName());
    slim.setImage(container.getImage());
    slim.setResources(container.getResources());
    slim.setLivenessProbe(container.getLivenessProbe());
    slim.setStartupProbe(container.getStartupProbe());
    return slim;
  }

  private static PodStatus status(PodStatus status) {
    var slim = new PodStatus();
    slim.setPhase(status.getPhase());
    slim.setReason(status.getReason());
    slim.setMessage(status.getMessage());
    slim.setPodIP(status.getPodIP());
    slim.setConditions(status.getConditions());
    slim.setContainerStatuses(
        status.getContainerStatuses() == null
            ? List.of()
            : status.getContainerStatuses().stream().map(Slim::containerStatus).toList());
    return slim;
  }

  private static ContainerStatus containerStatus(ContainerStatus status) {
    var slim = new ContainerStatus();
    slim.setName(status.getName());
    slim.setState(status.getState());
    slim.setLastState(status.getLastState());
    slim.setReady(status.getReady());
    slim.setStarted(status.getStarted());
    slim.setResources(status.getResources());
    return slim;
  }
}
