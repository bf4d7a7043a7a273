package dev.moult.agent.meter;

import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.ReasonLabel;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.stats.DiskCounts;
import dev.moult.wire.Traffic;
import io.prometheus.client.Collector;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The series of each VM of the node, made when scraped: a VM that has left has none. */
public final class VmCollector extends Collector implements Collector.Describable {
  private static final double MICROS = 1e6;
  private static final double NANOS = 1e9;

  private final VmMeters meters;

  /** Over these meters. */
  public VmCollector(VmMeters meters) {
    this.meters = meters;
  }

  @Override
  public List<MetricFamilySamples> describe() {
    return new VmFamilies().all();
  }

  @Override
  public List<MetricFamilySamples> collect() {
    VmFamilies families = new VmFamilies();
    for (VmMeters.Metered one : byName(meters.look())) {
      RunRecord run = one.vm().run();
      List<String> vm = List.of(run.namespace(), run.name());
      state(families, vm, run);
      machine(families, vm, run);
      one.totals()
          .ifPresent(totals -> {
            families.usageRead.add(one.readNanos() / NANOS, vm);
            usage(families, vm, totals);
          });
    }
    return families.all();
  }

  /**
   * A VM that is gone may still be leaving when another has its name: the one that lives counts.
   */
  private static Collection<VmMeters.Metered> byName(List<VmMeters.Metered> all) {
    Map<String, VmMeters.Metered> named = new LinkedHashMap<>();
    for (VmMeters.Metered one : all) {
      RunRecord run = one.vm().run();
      named.merge(
          run.namespace() + "/" + run.name(),
          one,
          (first, second) -> first.vm().run().guest().ended() ? second : first);
    }
    return named.values();
  }

  private static void state(VmFamilies families, List<String> vm, RunRecord run) {
    for (GuestState state : GuestState.values()) {
      String word = state.name().toLowerCase(Locale.ROOT);
      families.state.add(run.guest().state() == state ? 1 : 0, vm, word);
    }
    if (run.guest().reason() != null) {
      families.reason.add(1, vm, ReasonLabel.of(run.guest().reason()));
    }
  }

  private static void machine(VmFamilies families, List<String> vm, RunRecord run) {
    FrozenMachine machine = run.machine();
    RunRecord.VmmRecord vmm = run.vmm();
    if (machine == null || vmm == null) {
      return;
    }
    families.info.add(1, vm, vmm.qemuVersion(), machine.machineType());
    families.vcpus.add(machine.vcpus(), vm);
    families.memory.add(machine.memoryBytes(), vm);
  }

  private static void usage(VmFamilies families, List<String> vm, Totals totals) {
    families.resident.add(totals.last().ramBytes(), vm);
    Totals.Counts counts = totals.counts();
    families.vcpuSeconds.add(counts.vcpuMicros() / MICROS, vm);
    counts
        .disks()
        .forEach((disk, done) -> {
          disk(families, vm, disk, "read", done.read());
          disk(families, vm, disk, "write", done.write());
          disk(families, vm, disk, "flush", done.flush());
        });
    Traffic traffic = totals.last().traffic();
    if (traffic != null) {
      network(families, vm, "receive", traffic.received());
      network(families, vm, "transmit", traffic.sent());
    }
  }

  private static void disk(
      VmFamilies families, List<String> vm, String disk, String direction, DiskCounts.Kind kind) {
    families.diskOperations.add(kind.operations(), vm, disk, direction);
    families.diskSeconds.add(kind.nanos() / NANOS, vm, disk, direction);
    families.diskErrors.add(kind.failed(), vm, disk, direction);
    if (!direction.equals("flush")) {
      families.diskBytes.add(kind.bytes(), vm, disk, direction);
    }
  }

  private static void network(
      VmFamilies families, List<String> vm, String direction, Traffic.Way way) {
    families.networkBytes.add(way.bytes(), vm, direction);
    families.networkPackets.add(way.packets(), vm, direction);
    families.networkErrors.add(way.errors(), vm, direction);
    families.networkDrops.add(way.drops(), vm, direction);
  }
}
