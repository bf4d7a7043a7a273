package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.PrimaryToSecondaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The one informer on a kind of limits of namespaces, slimmed: there are about as many as
 * namespaces. It wakes only whom a change may concern.
 *
 * @param <R> ResourceQuota or LimitRange
 */
public final class LimitSource<R extends HasMetadata>
    extends InformerEventSource<R, VirtualMachine> {
  private static final long PAGE = 2000;

  /**
   * An informer that tells the controller of changes.
   *
   * @param guests virtual machines of a namespace whom its limits now concern
   */
  public LimitSource(
      Class<R> kind,
      EventSourceContext<VirtualMachine> context,
      Function<String, Set<ResourceID>> guests) {
    super(watched(kind, guests), context);
  }

  /** Those of a namespace. */
  public List<R> of(String namespace) {
    return list(namespace, limits -> true).toList();
  }

  private static <R extends HasMetadata> InformerEventSourceConfiguration<R> watched(
      Class<R> kind, Function<String, Set<ResourceID>> guests) {
    return InformerEventSourceConfiguration.from(kind, VirtualMachine.class)
        .withName(kind.getSimpleName())
        .withWatchAllNamespaces()
        .withSecondaryToPrimaryMapper(limits -> guests.apply(limits.getMetadata().getNamespace()))
        .withPrimaryToSecondaryMapper((PrimaryToSecondaryMapper<VirtualMachine>) vm -> Set.of())
        .withItemStore(new TransformingItemStore<R>(Slim::limits))
        .withInformerListLimit(PAGE)
        .build();
  }
}
