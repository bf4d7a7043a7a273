package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;
import java.util.function.Consumer;

/** The one informer on pods of virtual machines, by label, slimmed, for both controllers. */
public final class PodSource extends InformerEventSource<Pod, VirtualMachine> {
  private static final long PAGE = 2000; // pages of 500 cost the API server six times as much

  private final Consumer<Pod> listener;

  /**
   * An informer that tells the virtual machine's controller of every change.
   *
   * @param listener told as well
   */
  public PodSource(EventSourceContext<VirtualMachine> context, Consumer<Pod> listener) {
    super(watched(), context);
    this.listener = listener;
  }

  /**
   * Pods that carry the label of the virtual machine with this uid. By a walk of the store:
   * Fabric8's index is without an object for a moment while that is replaced, and a pod that is not
   * seen looks like one that is gone.
   */
  public List<Pod> ofVirtualMachine(String uid) {
    return list(pod -> uid.equals(vmUid(pod))).toList();
  }

  /** Puts a pod that was just created into the cache, before the watch tells of it. */
  public void created(Pod pod) {
    handleRecentResourceCreate(ResourceID.fromResource(pod), Slim.pod(pod));
  }

  @Override
  public void onAdd(Pod pod) {
    super.onAdd(pod);
    listener.accept(pod);
  }

  @Override
  public void onUpdate(Pod old, Pod pod) {
    super.onUpdate(old, pod);
    listener.accept(pod);
  }

  @Override
  public synchronized void onDelete(Pod pod, boolean finalStateUnknown) {
    super.onDelete(pod, finalStateUnknown);
    listener.accept(pod);
  }

  private static String vmUid(Pod pod) {
    return pod.getMetadata().getLabels().getOrDefault(ApiNames.VM_UID_LABEL, "");
  }

  private static InformerEventSourceConfiguration<Pod> watched() {
    return InformerEventSourceConfiguration.from(Pod.class, VirtualMachine.class)
        .withName("pods")
        .withWatchAllNamespaces()
        .withLabelSelector(ApiNames.VM_UID_LABEL)
        .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(VirtualMachine.class))
        .withItemStore(new TransformingItemStore<>(Slim::pod))
        .withInformerListLimit(PAGE)
        .build();
  }
}
