package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.ReasonLabel;
import dev.moult.operator.vm.Updates;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Live updates that ended: how many by result and by reason, how long the guest stood still and ran
 * slower, how long in all.
 */
@ApplicationScoped
public class UpdateMetrics {
  private final MeterRegistry registry;
  private final Map<LiveUpdatePhase, Counter> results = new EnumMap<>(LiveUpdatePhase.class);
  private final Timer pause;
  private final Timer brownout;
  private final Timer duration;

  /** Registers what is counted; the results at zero, as the first one is a rise too. */
  @Inject
  public UpdateMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (var phase : LiveUpdatePhase.values()) {
      if (Updates.isEnd(phase)) {
        results.put(
            phase,
            Counter.builder("moult.updates")
                .description("Live updates that ended, by result.")
                .tag("result", label(phase))
                .register(registry));
      }
    }
    pause =
        timer(
            "moult.update.pause",
            "How long guests stood still in live updates.",
            5,
            8,
            10,
            15,
            20,
            30,
            50,
            100,
            250,
            500,
            1_000,
            2_000);
    brownout =
        timer(
            "moult.update.brownout",
            "From the guest's resuming until its new VMM had the CPU that it asked for.",
            50,
            100,
            250,
            500,
            1_000,
            2_000,
            5_000,
            10_000,
            30_000,
            120_000,
            600_000);
    duration =
        timer(
            "moult.update.duration",
            "Live updates from their start to their end.",
            500,
            1_000,
            1_500,
            2_000,
            3_000,
            5_000,
            10_000,
            30_000,
            60_000,
            120_000,
            300_000);
  }

  /** A timer, though nothing is timed here: a summary's buckets round fractions of a second up. */
  private Timer timer(String name, String description, long... millis) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(
            LongStream.of(millis).mapToObj(Duration::ofMillis).toArray(Duration[]::new))
        .register(registry);
  }

  /** Counts a LiveUpdate that has just ended. */
  public void ended(LiveUpdate update) {
    var phase = Updates.phase(update);
    var result = results.get(phase);
    if (result != null) {
      result.increment();
    }
    var status = update.getStatus();
    if (status == null) {
      return;
    }
    if (phase != LiveUpdatePhase.COMPLETED) {
      Counter.builder("moult.update.failures")
          .description("Live updates that ended without being completed, by reason.")
          .tags("result", label(phase), "reason", ReasonLabel.of(status.reason()))
          .register(registry)
          .increment();
    }
    record(pause, status.pauseMicros());
    record(brownout, status.brownoutMicros());
    record(duration, status.durationMicros());
  }

  private static void record(Timer timer, @Nullable Long micros) {
    if (micros != null) {
      timer.record(micros, TimeUnit.MICROSECONDS);
    }
  }

  private static String label(LiveUpdatePhase phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }
}
