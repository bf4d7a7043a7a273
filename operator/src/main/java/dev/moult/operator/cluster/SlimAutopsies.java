package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;

/** The cache of VirtualMachineAutopsies: {@link Slim#autopsy}. */
public class SlimAutopsies extends TransformingItemStore<VirtualMachineAutopsy> {
  /** An empty cache. */
  public SlimAutopsies() {
    super(Slim::autopsy);
  }
}
