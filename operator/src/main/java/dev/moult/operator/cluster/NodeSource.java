package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.node.NodeSight;
import io.fabric8.kubernetes.api.model.Node;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.PrimaryToSecondaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.Set;
import java.util.function.Function;

/** The one informer on nodes, slimmed. A kubelet's usual report wakes nobody. */
public final class NodeSource extends InformerEventSource<Node, VirtualMachine> {
  private static final long PAGE = 2000;

  /**
   * An informer that tells the controller of changes that matter to guests.
   *
   * @param guests virtual machines of a node, by its name
   */
  public NodeSource(
      EventSourceContext<VirtualMachine> context, Function<String, Set<ResourceID>> guests) {
    super(watched(guests), context);
  }

  /** What the cache has of a node. */
  public NodeSight sight(String name) {
    return get(new ResourceID(name)).map(NodeSight::of).orElseGet(NodeSight::gone);
  }

  private static InformerEventSourceConfiguration<Node> watched(
      Function<String, Set<ResourceID>> guests) {
    return InformerEventSourceConfiguration.from(Node.class, VirtualMachine.class)
        .withName("nodes")
        .withSecondaryToPrimaryMapper(node -> guests.apply(node.getMetadata().getName()))
        .withPrimaryToSecondaryMapper((PrimaryToSecondaryMapper<VirtualMachine>) vm -> Set.of())
        .withOnUpdateFilter((node, old) -> !NodeSight.of(node).equals(NodeSight.of(old)))
        .withItemStore(new TransformingItemStore<>(Slim::node))
        .withInformerListLimit(PAGE)
        .build();
  }
}
