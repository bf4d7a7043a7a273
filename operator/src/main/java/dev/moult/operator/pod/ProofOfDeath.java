package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.operator.node.NodeSight;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Why it is certain that nothing runs in a pod, and never will again. Until then the pod's
 * finalizer holds its object, whoever deletes it and however.
 *
 * @param words for the log
 * @param byNode whether it is the node's taint that says so, which is to be read again live
 */
public record ProofOfDeath(String words, boolean byNode) {
  /** The agent saw the end of the pod's first process through its pidfd. */
  public static final ProofOfDeath BY_AGENT = new ProofOfDeath("its agent saw it end", false);

  /** Reason of the condition DisruptionTarget of a pod that nobody asked the kubelet about. */
  private static final String BY_GARBAGE_COLLECTION = "DeletionByPodGC";

  /** Whether the pod's object is held until there is a proof. */
  public static boolean awaited(Pod pod) {
    return finalizers(pod).contains(ApiNames.POD_FINALIZER);
  }

  /** The pod's finalizers without ours. */
  public static List<String> otherFinalizers(Pod pod) {
    var others = new ArrayList<>(finalizers(pod));
    others.remove(ApiNames.POD_FINALIZER);
    return others;
  }

  /**
   * The proof that a pod and its node give; empty while there is none. Final only for a pod whose
   * deletion was asked for: another may be given a node, or its container be started again.
   */
  public static Optional<ProofOfDeath> of(Pod pod, NodeSight node) {
    if (!PodFacts.terminating(pod)) {
      return Optional.empty();
    }
    if (PodFacts.node(pod).isEmpty()) {
      return Optional.of(new ProofOfDeath("it never had a node", false));
    }
    if (node.outOfService()) {
      return Optional.of(new ProofOfDeath("its node is out of service", true));
    }
    return endedByKubelet(pod)
        ? Optional.of(new ProofOfDeath("the kubelet says that it has ended", false))
        : Optional.empty();
  }

  /**
   * The garbage collection sets a pod's phase without asking the node: then only the containers'
   * own states count.
   */
  private static boolean endedByKubelet(Pod pod) {
    if (!PodFacts.ended(pod) || containerRuns(pod)) {
      return false;
    }
    var collected = PodFacts.disruption(pod).filter(BY_GARBAGE_COLLECTION::equals).isPresent();
    return !collected || allTerminated(pod);
  }

  private static boolean containerRuns(Pod pod) {
    return PodFacts.containers(pod)
        .anyMatch(s -> s.getState() != null && s.getState().getRunning() != null);
  }

  private static boolean allTerminated(Pod pod) {
    return PodFacts.containers(pod).findAny().isPresent()
        && PodFacts.containers(pod)
            .allMatch(s -> s.getState() != null && s.getState().getTerminated() != null);
  }

  private static List<String> finalizers(Pod pod) {
    var finalizers = pod.getMetadata().getFinalizers();
    return finalizers == null ? List.of() : finalizers;
  }
}
