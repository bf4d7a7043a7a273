package dev.moult.cli.top;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a virtual machine, by docs/metrics.md. What an agent does not tell is null, and so
 * is what no VM can use: less than nothing, or no number.
 *
 * @param readSeconds when its counters were read, by the node's clock; null from an agent before
 *     that was told, and while it has not been read yet
 * @param vcpus its vCPUs
 * @param memory bytes of RAM that it has
 * @param resident bytes of it that the node has given pages
 * @param counters by what is counted, of each disk; by an empty name what there is one of
 */
record Figures(
    @Nullable Double readSeconds,
    @Nullable Double vcpus,
    @Nullable Double memory,
    @Nullable Double resident,
    Map<Counter, Map<String, Double>> counters) {
  /** How the names of all these metrics begin. */
  static final String PREFIX = "moult_vm_";

  /** Whether there is something to reckon with. */
  boolean isRead() {
    return counters.containsKey(Counter.CPU);
  }

  /** All that an agent tells. */
  static Map<VmName, Figures> of(List<Exposition.Sample> samples) {
    Map<VmName, Draft> drafts = new HashMap<>();
    for (Exposition.Sample sample : samples) {
      String namespace = sample.labels().get("namespace");
      String name = sample.labels().get("name");
      if (namespace != null && name != null && sample.value() >= 0 && isFinite(sample)) {
        drafts.computeIfAbsent(new VmName(namespace, name), vm -> new Draft()).add(sample);
      }
    }
    Map<VmName, Figures> figures = new HashMap<>();
    drafts.forEach((vm, draft) -> figures.put(vm, draft.figures()));
    return figures;
  }

  private static boolean isFinite(Exposition.Sample sample) {
    return Double.isFinite(sample.value());
  }

  private static final class Draft {
    private final Map<String, Double> gauges = new HashMap<>();
    private final Map<Counter, Map<String, Double>> counters = new EnumMap<>(Counter.class);

    void add(Exposition.Sample sample) {
      String direction = sample.labels().getOrDefault("direction", "");
      String disk = sample.labels().getOrDefault("disk", "");
      String name = sample.name().substring(PREFIX.length());
      switch (name) {
        case "usage_read_seconds", "vcpus", "memory_bytes", "memory_resident_bytes" ->
            gauges.put(name, sample.value());
        case "vcpu_seconds_total" -> count(Counter.CPU, "", sample);
        case "disk_bytes_total" -> {
          switch (direction) {
            case "read" -> count(Counter.READ, disk, sample);
            case "write" -> count(Counter.WRITTEN, disk, sample);
            default -> {}
          }
        }
        case "network_bytes_total" -> {
          switch (direction) {
            case "receive" -> count(Counter.RECEIVED, "", sample);
            case "transmit" -> count(Counter.SENT, "", sample);
            default -> {}
          }
        }
        default -> {}
      }
    }

    private void count(Counter counter, String of, Exposition.Sample sample) {
      counters.computeIfAbsent(counter, one -> new HashMap<>()).put(of, sample.value());
    }

    Figures figures() {
      return new Figures(
          gauges.get("usage_read_seconds"),
          gauges.get("vcpus"),
          gauges.get("memory_bytes"),
          gauges.get("memory_resident_bytes"),
          counters);
    }
  }
}
