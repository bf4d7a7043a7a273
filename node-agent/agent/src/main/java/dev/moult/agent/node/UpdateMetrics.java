package dev.moult.agent.node;

import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Measures;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.ReasonLabel;
import dev.moult.wire.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What the agent counts. Every series is there from the start, at zero. */
final class UpdateMetrics implements Measures {
  private final MeterRegistry registry;
  private final Map<End, Counter> results = new EnumMap<>(End.class);
  private final Timer pause;
  private final Timer duration;

  UpdateMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (End end : End.values()) {
      results.put(
          end,
          Counter.builder("moult.updates")
              .description("Live updates that this agent ended, by result.")
              .tag("result", label(end))
              .register(registry));
    }
    // A timer, though nothing is timed here: a summary's buckets round fractions of a second up.
    pause =
        Timer.builder("moult.update.pause")
            .description("How long guests stood still in committed updates.")
            .serviceLevelObjectives(
                IntStream.of(2, 5, 8, 10, 15, 20, 30, 50, 100, 250, 500, 1_000, 2_000)
                    .mapToObj(Duration::ofMillis)
                    .toArray(Duration[]::new))
            .register(registry);
    duration =
        Timer.builder("moult.update.duration")
            .description("From the new VMM's dialling to the end of the handoff.")
            .serviceLevelObjectives(
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(2))
            .register(registry);
  }

  @Override
  public void updateEnded(UpdateResult result, Duration took) {
    Counter counter = results.get(result.verdict());
    if (counter != null) {
      counter.increment();
    }
    if (result.verdict() != End.COMMITTED) {
      Counter.builder("moult.update.failures")
          .description("Live updates that this agent ended and did not commit, by reason.")
          .tags("result", label(result.verdict()), "reason", ReasonLabel.of(result.reason()))
          .register(registry)
          .increment();
    }
    Long micros = result.pauseMicros();
    if (micros != null) {
      pause.record(micros, TimeUnit.MICROSECONDS);
    }
    if (!took.isZero()) {
      duration.record(took);
    }
  }

  private static String label(End end) {
    return end.name().toLowerCase(Locale.ROOT);
  }

  /** Gauges over the VMs of the node. */
  void watch(
      Supplier<Collection<GuestRecord>> guests,
      LongSupplier updating,
      Supplier<Duration> journalAge) {
    for (GuestState state : GuestState.values()) {
      Gauge.builder("moult.guests", () -> count(guests.get(), state))
          .description("Guests of this node, by state.")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    Gauge.builder("moult.updates.under.way", updating::getAsLong)
        .description("Handoffs under way.")
        .register(registry);
    Gauge.builder("moult.journal.age.seconds", () -> journalAge.get().toMillis() / 1e3)
        .description(
            "Age of the oldest handoff in the journal that is not told yet; 0 without one.")
        .register(registry);
  }

  private static long count(Collection<GuestRecord> guests, GuestState state) {
    return guests.stream().map(GuestRecord::state).filter(state::equals).count();
  }

  /** The node's abilities, as labels. */
  void node(NodeInventory inventory, String nodeName) {
    Answer.Capabilities node = inventory.capabilities();
    Gauge.builder("moult.node.info", () -> 1)
        .description("What the node can do.")
        .tags(
            Tags.of(
                "node", nodeName,
                "kernel", node.kernel(),
                "kvm_api", Integer.toString(node.kvmApi()),
                "kvm_usable", Boolean.toString(node.kvmRunsLinux()),
                "acceleration", inventory.resolve(Acceleration.AUTO).name(),
                "vhost_net", Boolean.toString(node.vhostNet()),
                "iommufd", Boolean.toString(node.iommufd()),
                "vfio_devices", Integer.toString(node.vfioDevices().size())))
        .register(registry);
  }
}
