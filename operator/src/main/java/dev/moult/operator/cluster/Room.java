package dev.moult.operator.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Judges whether a node has room for more CPU requests, as the scheduler counts them. */
@ApplicationScoped
public class Room {
  private static final String CPU = "cpu";

  private final KubernetesClient client;

  /** Asks by this client: one node, one list of its pods. */
  @Inject
  public Room(KubernetesClient client) {
    this.client = client;
  }

  /** Whether the request fits on the node beside all that is there; false if the node is gone. */
  public boolean fits(String nodeName, Quantity cpu) {
    var node = client.nodes().withName(nodeName).get();
    if (node == null || node.getStatus() == null) {
      return false;
    }
    var allocatable = node.getStatus().getAllocatable();
    if (allocatable == null || !allocatable.containsKey(CPU)) {
      return false;
    }
    var pods =
        client
            .pods()
            .inAnyNamespace()
            .withField("spec.nodeName", nodeName)
            .withoutField("status.phase", "Succeeded")
            .withoutField("status.phase", "Failed")
            .list()
            .getItems();
    return fits(allocatable.get(CPU), pods, cpu);
  }

  /** Pure: whether a request fits into what the pods leave. */
  static boolean fits(Quantity allocatable, List<Pod> pods, Quantity cpu) {
    var used = pods.stream().map(Room::request).reduce(BigDecimal.ZERO, BigDecimal::add);
    return used.add(cpu.getNumericalAmount()).compareTo(allocatable.getNumericalAmount()) <= 0;
  }

  /** Containers side by side, or the largest init container, and the overhead of its runtime. */
  private static BigDecimal request(Pod pod) {
    var spec = pod.getSpec();
    var beside =
        spec.getContainers().stream()
            .map(container -> request(pod, container))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    var before =
        Stream.ofNullable(spec.getInitContainers())
            .flatMap(List::stream)
            .map(container -> cpu(container.getResources()))
            .max(BigDecimal::compareTo)
            .orElse(BigDecimal.ZERO);
    var overhead =
        Optional.ofNullable(spec.getOverhead())
            .map(o -> o.get(CPU))
            .map(Quantity::getNumericalAmount)
            .orElse(BigDecimal.ZERO);
    return beside.max(before).add(overhead);
  }

  /** During a resize the larger of the wished and the given counts. */
  private static BigDecimal request(Pod pod, Container container) {
    var given =
        Stream.ofNullable(pod.getStatus())
            .flatMap(status -> Stream.ofNullable(status.getContainerStatuses()))
            .flatMap(List::stream)
            .filter(status -> container.getName().equals(status.getName()))
            .map(ContainerStatus::getResources)
            .map(Room::cpu)
            .findFirst()
            .orElse(BigDecimal.ZERO);
    return cpu(container.getResources()).max(given);
  }

  private static BigDecimal cpu(ResourceRequirements resources) {
    return Optional.ofNullable(resources)
        .map(ResourceRequirements::getRequests)
        .map(requests -> requests.get(CPU))
        .map(Quantity::getNumericalAmount)
        .orElse(BigDecimal.ZERO);
  }
}
