package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Caches;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the operator knows of the cluster's objects.
 *
 * @param complete whether that is all there is; nothing is counted before
 * @param virtualMachines all of them
 * @param liveUpdates all of them
 */
record Known(
    BooleanSupplier complete,
    Supplier<Stream<VirtualMachine>> virtualMachines,
    Supplier<Stream<LiveUpdate>> liveUpdates) {

  static Known of(Caches caches) {
    return new Known(caches::complete, caches::virtualMachines, caches::liveUpdates);
  }
}
