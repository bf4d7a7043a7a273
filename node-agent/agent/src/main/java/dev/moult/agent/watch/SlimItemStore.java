package dev.moult.agent.watch;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Keeps objects without what nobody here reads: managed fields, and most of a pod. They are changed
 * in place, before they are kept; what is kept is never written back.
 */
final class SlimItemStore<T extends HasMetadata> extends BasicItemStore<T> {

  SlimItemStore() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public T put(String key, T object) {
    object.getMetadata().setManagedFields(null);
    if (object instanceof Pod pod) {
      pod.setSpec(slim(pod.getSpec()));
    }
    return super.put(key, object);
  }

  /** Which volumes are block devices stands nowhere else. */
  private static PodSpec slim(@Nullable PodSpec spec) {
    var slim = new PodSpec();
    if (spec != null) {
      slim.setContainers(
          spec.getContainers().stream()
              .filter(container -> !container.getVolumeDevices().isEmpty())
              .map(container ->
                  new ContainerBuilder()
                      .withName(container.getName())
                      .withVolumeDevices(container.getVolumeDevices())
                      .build())
              .toList());
    }
    return slim;
  }
}
