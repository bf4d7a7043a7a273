package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.vm.VmState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Virtual machines by phase: as many series as there are phases, counted when scraped. */
@ApplicationScoped
public class PhaseMetrics {

  /** Registers a gauge for each phase. */
  void register(@Observes StartupEvent event, MeterRegistry registry, Caches caches) {
    for (var phase : VirtualMachinePhase.values()) {
      Gauge.builder("moult.virtualmachines", () -> count(caches, phase))
          .description("Virtual machines by phase")
          .tag("phase", VmState.of(phase).label())
          .register(registry);
    }
  }

  private static double count(Caches caches, VirtualMachinePhase phase) {
    if (!caches.complete()) {
      return Double.NaN;
    }
    return caches
        .virtualMachines()
        .filter(vm -> vm.getStatus() != null && vm.getStatus().phase() == phase)
        .count();
  }
}
