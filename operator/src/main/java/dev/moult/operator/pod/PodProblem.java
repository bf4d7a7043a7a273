package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a pod from running, told in the pod's own words.
 *
 * @param reason Moult's reason
 * @param message the pod's name, its own reason and message
 */
public record PodProblem(Reason reason, String message) {
  /** Reasons of a waiting container that are about its image (kubelet, pkg/kubelet/images). */
  private static final Set<String> IMAGE_REASONS =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable",
          "SignatureValidationFailed");

  /** Reasons of a waiting container that goes its usual way. */
  private static final Set<String> USUAL_REASONS = Set.of("ContainerCreating", "PodInitializing");

  /** What keeps this pod from running, or why it ended badly; empty while all is well. */
  public static Optional<PodProblem> of(Pod pod) {
    return Stream.of(unscheduled(pod), waiting(pod), terminated(pod), failed(pod))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<PodProblem> unscheduled(Pod pod) {
    return PodFacts.condition(pod, "PodScheduled")
        .filter(c -> "False".equals(c.getStatus()) && "Unschedulable".equals(c.getReason()))
        .map(c -> new PodProblem(placementReason(c), told(pod, c.getReason(), c.getMessage())));
  }

  private static Reason placementReason(PodCondition condition) {
    var message = String.valueOf(condition.getMessage());
    if (message.contains("persistentvolumeclaim \"") && message.contains("\" not found")) {
      return Reason.PVC_NOT_FOUND; // deleted since the operator looked
    }
    if (message.contains("Insufficient hugepages-")) {
      return Reason.INSUFFICIENT_HUGE_PAGES;
    }
    return message.contains("Insufficient memory")
        ? Reason.INSUFFICIENT_MEMORY
        : Reason.UNSCHEDULABLE;
  }

  private static Optional<PodProblem> waiting(Pod pod) {
    return PodFacts.containers(pod)
        .map(PodProblem::waitingState)
        .flatMap(Optional::stream)
        .filter(w -> w.getReason() != null && !USUAL_REASONS.contains(w.getReason()))
        .findFirst()
        .map(w ->
            new PodProblem(
                IMAGE_REASONS.contains(w.getReason())
                    ? Reason.IMAGE_PULL_FAILED
                    : Reason.POD_START_FAILED,
                told(pod, w.getReason(), w.getMessage())));
  }

  private static Optional<ContainerStateWaiting> waitingState(ContainerStatus status) {
    return Optional.ofNullable(status.getState()).map(state -> state.getWaiting());
  }

  private static Optional<PodProblem> terminated(Pod pod) {
    return PodFacts.terminated(pod)
        .filter(t -> t.getExitCode() == null || t.getExitCode() != 0)
        .findFirst()
        .map(t -> new PodProblem(Reason.VMM_EXITED, told(pod, exit(t), t.getMessage())));
  }

  private static String exit(ContainerStateTerminated terminated) {
    return terminated.getReason() + " (exit code " + terminated.getExitCode() + ")";
  }

  private static Optional<PodProblem> failed(Pod pod) {
    var status = pod.getStatus();
    if (status == null || !"Failed".equals(status.getPhase()) || status.getReason() == null) {
      return Optional.empty();
    }
    return Optional.of(
        new PodProblem(
            Reason.POD_START_FAILED, told(pod, status.getReason(), status.getMessage())));
  }

  private static String told(Pod pod, String reason, @Nullable String message) {
    var text = pod.getMetadata().getName() + ": " + reason;
    return message == null || message.isBlank() ? text : text + ": " + message.strip();
  }
}
