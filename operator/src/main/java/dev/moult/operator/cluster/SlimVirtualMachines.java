package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;

/** The cache of VirtualMachines: {@link Slim#virtualMachine}. */
public class SlimVirtualMachines extends TransformingItemStore<VirtualMachine> {
  /** An empty cache. */
  public SlimVirtualMachines() {
    super(Slim::virtualMachine);
  }
}
