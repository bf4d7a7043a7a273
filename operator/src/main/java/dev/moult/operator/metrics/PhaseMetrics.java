package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.vm.Updates;
import dev.moult.operator.vm.VmState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.CollectorRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** What there is, counted when scraped: as many series as there are phases and reasons. */
@ApplicationScoped
public class PhaseMetrics {

  // Of the registry that is served: an injected CollectorRegistry is a new one each time.
  void register(
      @Observes StartupEvent event, PrometheusMeterRegistry registry, Caches caches, Clock clock) {
    register(registry, registry.getPrometheusRegistry(), Known.of(caches), clock);
  }

  /** Registers a gauge for each phase, and the conditions. */
  static void register(
      MeterRegistry registry, CollectorRegistry collectors, Known known, Clock clock) {
    for (var phase : VirtualMachinePhase.values()) {
      gauge(
          registry,
          "moult.virtualmachines",
          "VirtualMachines by phase.",
          VmState.of(phase).label(),
          known,
          () ->
              known
                  .virtualMachines()
                  .get()
                  .filter(vm -> vm.getStatus() != null && vm.getStatus().phase() == phase)
                  .count());
    }
    for (var phase : LiveUpdatePhase.values()) {
      gauge(
          registry,
          "moult.liveupdates",
          "LiveUpdates by phase; ended ones stay until they are deleted.",
          label(phase),
          known,
          () -> known.liveUpdates().get().filter(update -> Updates.phase(update) == phase).count());
    }
    collectors.register(new ConditionCollector(known, clock));
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      String description,
      String phase,
      Known known,
      LongSupplier count) {
    Gauge.builder(name, () -> known.complete().getAsBoolean() ? count.getAsLong() : Double.NaN)
        .description(description)
        .tag("phase", phase)
        .register(registry);
  }

  /** As {@code status.phase} shows it. */
  private static String label(LiveUpdatePhase phase) {
    return Arrays.stream(phase.name().split("_", -1))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining());
  }
}
