package dev.moult.agent.node;

import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Measures;
import dev.moult.agent.run.VmDirectory;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.wire.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What the agent counts. Every series is there from the start, at zero. */
final class UpdateMetrics implements Measures {
  private static final double MICROS_PER_SECOND = 1e6;

  private final MeterRegistry registry;
  private final Map<End, Counter> results = new EnumMap<>(End.class);
  private final DistributionSummary pause;
  private final Timer duration;

  UpdateMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (End end : End.values()) {
      results.put(
          end,
          Counter.builder("moult.updates")
              .description("Live updates that this agent ended, by result.")
              .tag("result", end.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    pause =
        DistributionSummary.builder("moult.update.pause.seconds")
            .description("How long guests stood still in committed updates.")
            .serviceLevelObjectives(
                0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2)
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
    Long micros = result.pauseMicros();
    if (micros != null) {
      pause.record(micros / MICROS_PER_SECOND);
    }
    if (!took.isZero()) {
      duration.record(took);
    }
  }

  /** Gauges over the VMs of the node. */
  void watch(VmDirectory vms, Supplier<Duration> journalAge) {
    for (GuestState state : GuestState.values()) {
      Gauge.builder("moult.guests", vms, directory -> count(directory, state))
          .description("Guests of this node, by state.")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    Gauge.builder("moult.journal.age.seconds", () -> journalAge.get().toMillis() / 1e3)
        .description(
            "Age of the oldest handoff in the journal that is not told yet; 0 without one.")
        .register(registry);
  }

  private static double count(VmDirectory vms, GuestState state) {
    return vms.guests().stream().map(GuestRecord::state).filter(state::equals).count();
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
