package dev.moult.agent.meter;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The metrics of a VM: their names, helps and labels, and the samples of one scrape. */
final class VmFamilies {
  private static final String DISK = "disk";
  private static final String DIRECTION = "direction";

  private final List<Family> every = new ArrayList<>();

  final Family info =
      gauge(
          "info",
          "Always 1: the QEMU that runs the guest, and the hardware it shows.",
          "qemu_version",
          "machine_type");
  final Family state = gauge("state", "1 for the state that the guest is in, else 0.", "state");
  final Family reason =
      gauge("state_reason", "1 for why the guest is in its state, if there is a reason.", "reason");
  final Family vcpus = gauge("vcpus", "vCPUs of the guest.");
  final Family memory = gauge("memory_bytes", "RAM of the guest.");
  final Family resident =
      gauge(
          "memory_resident_bytes",
          "RAM of the guest that the node has given pages: all of it once it has started.");
  final Family usageRead =
      gauge(
          "usage_read_seconds",
          "When what the guest uses was read, by the node's monotonic clock: two of them tell how"
              + " far apart two readings are.");
  final Family vcpuSeconds =
      counter("vcpu_seconds", "Processor time of the vCPUs' threads, all together.");
  final Family diskOperations =
      counter("disk_operations", "Requests of the guest that a disk has done.", DISK, DIRECTION);
  final Family diskBytes =
      counter("disk_bytes", "What the guest has read and written.", DISK, DIRECTION);
  final Family diskSeconds =
      counter(
          "disk_time_seconds",
          "Time that requests took, those at the same time counted each.",
          DISK,
          DIRECTION);
  final Family diskErrors =
      counter("disk_errors", "Requests of the guest that failed.", DISK, DIRECTION);
  final Family networkBytes =
      counter("network_bytes", "As the guest sees it: what it received and sent.", DIRECTION);
  final Family networkPackets =
      counter("network_packets", "As the guest sees it: packets it received and sent.", DIRECTION);
  final Family networkErrors =
      counter(
          "network_errors", "As the guest sees it: broken packets, to it and from it.", DIRECTION);
  final Family networkDrops =
      counter(
          "network_drops",
          "As the guest sees it: packets thrown away, to it (most often as it took none) and from"
              + " it.",
          DIRECTION);

  /** One metric. */
  static final class Family {
    private final String name;
    private final Type type;
    private final String help;
    private final List<String> labels;
    private final List<MetricFamilySamples.Sample> samples = new ArrayList<>();

    Family(String name, Type type, String help, String... labels) {
      this.name = name;
      this.type = type;
      this.help = help;
      this.labels = Stream.concat(Stream.of("namespace", "name"), Stream.of(labels)).toList();
    }

    /** Adds a sample: the VM's labels come first. */
    void add(double value, List<String> vm, String... more) {
      samples.add(
          new MetricFamilySamples.Sample(
              type == Type.COUNTER ? name + "_total" : name,
              labels,
              Stream.concat(vm.stream(), Stream.of(more)).toList(),
              value));
    }
  }

  private Family gauge(String name, String help, String... labels) {
    return family(name, Type.GAUGE, help, labels);
  }

  private Family counter(String name, String help, String... labels) {
    return family(name, Type.COUNTER, help, labels);
  }

  private Family family(String name, Type type, String help, String... labels) {
    Family family = new Family("moult_vm_" + name, type, help, labels);
    every.add(family);
    return family;
  }

  /** All, with the samples that were added. */
  List<MetricFamilySamples> all() {
    return every.stream()
        .map(one -> new MetricFamilySamples(one.name, one.type, one.help, one.samples))
        .toList();
  }
}
