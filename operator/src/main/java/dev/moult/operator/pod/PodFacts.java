package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Plain facts about a pod, read without touching the API server. */
public final class PodFacts {
  private static final String CPU = "cpu";

  private PodFacts() {}

  /** Whether the object is controlled by the owner with this uid. */
  public static boolean controlledBy(HasMetadata object, String ownerUid) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && ownerUid.equals(o.getUid()));
  }

  /**
   * The same, and in the owner's namespace: from another one, anybody who may create pods there
   * could name a foreign owner.
   */
  public static boolean controlledBy(HasMetadata object, String namespace, String ownerUid) {
    return namespace.equals(object.getMetadata().getNamespace()) && controlledBy(object, ownerUid);
  }

  /** Value of the pod's {@code moult.dev/role}; empty if it has none. */
  public static String role(Pod pod) {
    return label(pod, ApiNames.ROLE_LABEL).orElse("");
  }

  /** The VMM pod's revision; 0 if it has none. */
  public static int revision(Pod pod) {
    return label(pod, ApiNames.REVISION_LABEL)
        .filter(r -> r.matches("[0-9]{1,9}"))
        .map(Integer::parseInt)
        .orElse(0);
  }

  /** A label's value. */
  public static Optional<String> label(Pod pod, String key) {
    return Optional.ofNullable(pod.getMetadata().getLabels()).map(labels -> labels.get(key));
  }

  /** The node that the scheduler has given it. */
  public static Optional<String> node(Pod pod) {
    return Optional.ofNullable(pod.getSpec()).map(spec -> spec.getNodeName());
  }

  /** Its address, once its sandbox runs. */
  public static Optional<String> address(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).map(status -> status.getPodIP());
  }

  /** Whether its deletion has been asked for. */
  public static boolean terminating(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /** Whether its containers ended after somebody had asked for its deletion. */
  public static boolean endedOnRequest(Pod pod) {
    var metadata = pod.getMetadata();
    var grace = metadata.getDeletionGracePeriodSeconds();
    // A deletionTimestamp lies the grace period ahead of the request. Within one second: no.
    var asked =
        time(metadata.getDeletionTimestamp()).map(at -> at.minusSeconds(grace == null ? 0 : grace));
    return ended(pod)
        && asked.isPresent()
        && terminated(pod)
            .flatMap(end -> time(end.getFinishedAt()).stream())
            .anyMatch(asked.get()::isBefore);
  }

  /** Whether its containers ended for good. */
  public static boolean ended(Pod pod) {
    var phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  /** Whether its container runs now. */
  public static boolean running(Pod pod) {
    return !ended(pod)
        && containers(pod).anyMatch(s -> s.getState() != null && s.getState().getRunning() != null);
  }

  /** Whether its container waits to be started: for an image, a volume, a network. */
  public static boolean waits(Pod pod) {
    return containers(pod).anyMatch(s -> s.getState() != null && s.getState().getWaiting() != null);
  }

  /** Whether its container has ever run: then a launcher may have dialled the broker. */
  public static boolean everRan(Pod pod) {
    return containers(pod)
        .anyMatch(s ->
            (s.getState() != null
                    && (s.getState().getRunning() != null || s.getState().getTerminated() != null))
                || (s.getLastState() != null && s.getLastState().getTerminated() != null));
  }

  /** Why Kubernetes itself asked for its deletion, such as {@code EvictionByEvictionAPI}. */
  public static Optional<String> disruption(Pod pod) {
    return condition(pod, "DisruptionTarget")
        .filter(c -> "True".equals(c.getStatus()))
        .map(PodCondition::getReason);
  }

  /**
   * Whether the pod's node has stopped answering: the node controller then says that the pod is not
   * ready, without a reason, while the kubelet's last word was that its containers are.
   */
  public static boolean nodeLost(Pod pod) {
    return condition(pod, "Ready")
            .filter(c -> "False".equals(c.getStatus()) && isBlank(c.getReason()))
            .isPresent()
        && condition(pod, "ContainersReady").filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  /** A condition of the pod. */
  public static Optional<PodCondition> condition(Pod pod, String type) {
    return Stream.ofNullable(pod.getStatus())
        .flatMap(status -> Stream.ofNullable(status.getConditions()))
        .flatMap(List::stream)
        .filter(c -> type.equals(c.getType()))
        .findFirst();
  }

  /** Image of the VMM container as the pod was created with. */
  public static Optional<String> vmmImage(Pod pod) {
    return container(pod).map(Container::getImage);
  }

  /** CPU that the pod asks for now; a resize changes it at once. */
  public static Optional<Quantity> cpuWished(Pod pod) {
    return container(pod)
        .map(Container::getResources)
        .map(resources -> resources.getRequests())
        .map(requests -> requests.get(CPU));
  }

  /** CPU that the kubelet has given the running container. */
  public static Optional<Quantity> cpuGiven(Pod pod) {
    return containers(pod)
        .findFirst()
        .map(ContainerStatus::getResources)
        .map(resources -> resources.getRequests())
        .map(requests -> requests.get(CPU));
  }

  /** The time in a pod's or object's metadata, such as its creation. */
  public static Optional<Instant> time(String timestamp) {
    return Optional.ofNullable(timestamp).map(Instant::parse);
  }

  /** The pod's container statuses; the one of the probes holds nothing and comes and goes. */
  static Stream<ContainerStatus> containers(Pod pod) {
    return Stream.ofNullable(pod.getStatus())
        .flatMap(status -> Stream.ofNullable(status.getContainerStatuses()))
        .flatMap(List::stream)
        .filter(status -> !GuestProbes.CONTAINER.equals(status.getName()));
  }

  /** How those of its containers ended that did. */
  static Stream<ContainerStateTerminated> terminated(Pod pod) {
    return containers(pod)
        .flatMap(status -> Stream.ofNullable(status.getState()))
        .flatMap(state -> Stream.ofNullable(state.getTerminated()));
  }

  private static Optional<Container> container(Pod pod) {
    return Optional.ofNullable(pod.getSpec())
        .map(spec -> spec.getContainers())
        .filter(containers -> !containers.isEmpty())
        .map(List::getFirst);
  }
}
