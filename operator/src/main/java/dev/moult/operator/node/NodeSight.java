package dev.moult.operator.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A virtual machine's node, as the cache has it.
 *
 * @param state whether it can tell what runs there
 * @param cordoned whether new pods are kept away
 * @param agentAway since when no agent has been ready there; empty while one is
 */
public record NodeSight(NodeState state, boolean cordoned, Optional<Instant> agentAway) {
  /** Of a virtual machine that has no node, and of a node that is as it should be. */
  public static final NodeSight USUAL = new NodeSight(NodeState.ANSWERS, false, Optional.empty());

  /** A new version of the agent, or a restart, takes less. */
  private static final Duration AGENT_PATIENCE = Duration.ofMinutes(1);

  private static final String OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

  /** What a node's object says; of the agent it says nothing. */
  public static NodeSight of(Node node) {
    var spec = node.getSpec();
    var cordoned = spec != null && Boolean.TRUE.equals(spec.getUnschedulable());
    return new NodeSight(state(node), cordoned, Optional.empty());
  }

  /** The sight of a node that the cluster does not know. */
  public static NodeSight gone() {
    return new NodeSight(NodeState.GONE, false, Optional.empty());
  }

  /** The same, with the agent ready or not. */
  public NodeSight withAgent(Optional<Instant> away) {
    return new NodeSight(state, cordoned, away);
  }

  /** When the agent, if it does not come back, is to be called lost. */
  public Optional<Instant> agentLostAt() {
    return agentAway.map(since -> since.plus(AGENT_PATIENCE));
  }

  /** Whether nobody can tell what runs there. */
  public boolean lost() {
    return state == NodeState.SILENT || state == NodeState.GONE;
  }

  /** Whether it is said to be off. */
  public boolean outOfService() {
    return state == NodeState.OUT_OF_SERVICE;
  }

  private static NodeState state(Node node) {
    if (taints(node).anyMatch(taint -> OUT_OF_SERVICE.equals(taint.getKey()))) {
      return NodeState.OUT_OF_SERVICE;
    }
    // The node controller writes Unknown when the kubelet's lease is not renewed.
    var silent =
        Stream.ofNullable(node.getStatus())
            .flatMap(status -> Stream.ofNullable(status.getConditions()))
            .flatMap(List::stream)
            .anyMatch(c -> "Ready".equals(c.getType()) && "Unknown".equals(c.getStatus()));
    return silent ? NodeState.SILENT : NodeState.ANSWERS;
  }

  private static Stream<Taint> taints(Node node) {
    return Stream.ofNullable(node.getSpec())
        .flatMap(spec -> Stream.ofNullable(spec.getTaints()))
        .flatMap(List::stream);
  }
}
