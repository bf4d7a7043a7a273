package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.PrimaryToSecondaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The one informer on the node agents' pods, slimmed: is there somebody who looks at the guest? */
public final class AgentSource extends InformerEventSource<Pod, VirtualMachine> {
  private static final String LABEL = "app.kubernetes.io/component=node-agent";

  /** Since when a node has been seen without a ready agent. Counted anew by a new process. */
  private final Map<String, Instant> away = new ConcurrentHashMap<>();

  /**
   * An informer that tells the controller when an agent comes or goes.
   *
   * @param namespace of the installation
   * @param guests virtual machines of a node, by its name
   */
  public AgentSource(
      EventSourceContext<VirtualMachine> context,
      String namespace,
      Function<String, Set<ResourceID>> guests) {
    super(watched(namespace, guests), context);
  }

  /** Since when a node has had no ready agent; empty while it has one. */
  public Optional<Instant> awaySince(String node, Instant now) {
    if (list(pod -> onNode(pod, node) && ready(pod)).findAny().isPresent()) {
      away.remove(node);
      return Optional.empty();
    }
    return Optional.of(away.computeIfAbsent(node, unseen -> now));
  }

  private static boolean onNode(Pod pod, String node) {
    return PodFacts.node(pod).equals(Optional.of(node));
  }

  private static boolean ready(Pod pod) {
    return PodFacts.condition(pod, "Ready").filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  private static InformerEventSourceConfiguration<Pod> watched(
      String namespace, Function<String, Set<ResourceID>> guests) {
    return InformerEventSourceConfiguration.from(Pod.class, VirtualMachine.class)
        .withName("agents")
        .withNamespaces(namespace)
        .withLabelSelector(LABEL)
        .withSecondaryToPrimaryMapper(pod -> PodFacts.node(pod).map(guests).orElseGet(Set::of))
        .withPrimaryToSecondaryMapper((PrimaryToSecondaryMapper<VirtualMachine>) vm -> Set.of())
        .withOnUpdateFilter((pod, old) -> ready(pod) != ready(old))
        .withItemStore(new TransformingItemStore<>(Slim::pod))
        .build();
  }
}
