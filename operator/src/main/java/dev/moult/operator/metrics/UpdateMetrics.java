package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.operator.vm.Updates;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Locale;

/** Live updates that ended: how many by result, how long the guest stood still, how long in all. */
@ApplicationScoped
public class UpdateMetrics {
  private static final double MICROS_PER_SECOND = 1e6;

  private final MeterRegistry registry;
  private final DistributionSummary pause;
  private final DistributionSummary duration;

  /** Registers the histograms. */
  @Inject
  public UpdateMetrics(MeterRegistry registry) {
    this.registry = registry;
    pause =
        DistributionSummary.builder("moult.update.pause")
            .description("How long the guest stood still in a completed live update")
            .baseUnit("seconds")
            .serviceLevelObjectives(
                0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2)
            .register(registry);
    duration =
        DistributionSummary.builder("moult.update.duration")
            .description("A live update from its start to its end")
            .baseUnit("seconds")
            .serviceLevelObjectives(0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 120, 300)
            .register(registry);
  }

  /** Counts a LiveUpdate that has just ended. */
  public void ended(LiveUpdate update) {
    var phase = Updates.phase(update);
    registry.counter("moult.updates", "result", phase.name().toLowerCase(Locale.ROOT)).increment();
    var status = update.getStatus();
    if (status == null) {
      return;
    }
    if (status.pauseMicros() != null) {
      pause.record(status.pauseMicros() / MICROS_PER_SECOND);
    }
    if (status.durationMicros() != null) {
      duration.record(status.durationMicros() / MICROS_PER_SECOND);
    }
  }
}
