package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.EvictionStrategy;
import dev.moult.operator.node.NodeState;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.stream.Collectors;

/** What a status says of the node, for people: each sentence names what to do. */
final class NodeWords {
  private NodeWords() {}

  /** The guest runs on a cordoned node. */
  static String cordoned(Draft draft, String node) {
    var stays = draft.seen().vm().getSpec().evictionStrategy() == EvictionStrategy.NONE;
    return "on node "
        + node
        + ", which is cordoned; "
        + (stays
            ? "a drain waits, as evictionStrategy is None: set it to Shutdown, or runStrategy to"
                + " Halted, to let the guest go"
            : "a drain powers the guest down, as evictionStrategy is Shutdown");
  }

  /** Nobody can tell what the guest does. */
  static String lost(Draft draft) {
    var node = draft.observation().anchor().flatMap(PodFacts::node).orElse("of the guest");
    return draft.seen().node().state() == NodeState.GONE
        ? "node "
            + node
            + " is not in the cluster any more, and nothing proves that its machine is off: no"
            + " second run starts. When it surely is off, take the finalizer "
            + ApiNames.POD_FINALIZER
            + " off the virtual machine's pods"
        : "node "
            + node
            + " does not answer, and the guest may go on running there: no second run starts."
            + " Bring the node back, or, when it surely is off, taint it"
            + " node.kubernetes.io/out-of-service=:NoExecute";
  }

  /** Nobody looks at the guest. */
  static String agentLost(Draft draft) {
    return "no agent has been ready on node "
        + draft.observation().anchor().flatMap(PodFacts::node).orElse("of the guest")
        + " for a minute; the guest is untouched by that. See the moult-node-agent pod there";
  }

  /** Pods are not gone in time. */
  static String notGone(Draft draft) {
    var pods =
        draft.seen().pods().stream()
            .filter(PodFacts::terminating)
            .map(NodeWords::name)
            .collect(Collectors.joining(", "));
    return pods
        + ": deleted, and a minute past the grace period the node has not said that the containers"
        + " have ended; see its kubelet and container runtime";
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getName();
  }
}
