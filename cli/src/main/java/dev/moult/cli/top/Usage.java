package dev.moult.cli.top;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a virtual machine uses; null is what is not known.
 *
 * @param vcpus its vCPUs
 * @param memory bytes of RAM that it has
 * @param resident bytes of it that the node has given pages
 * @param rates of what is counted, in a second; without what is not known
 */
record Usage(
    @Nullable Double vcpus,
    @Nullable Double memory,
    @Nullable Double resident,
    Map<Counter, Double> rates) {
  /** Of a virtual machine that does not run, or of which nothing is told. */
  static final Usage UNKNOWN = new Usage(null, null, null, Map.of());

  /** Between two readings. */
  static Usage between(Figures first, Figures last) {
    return new Usage(last.vcpus(), last.memory(), last.resident(), rates(first, last));
  }

  /** In a second; null if that is not known. */
  @Nullable Double rate(Counter counter) {
    return rates.get(counter);
  }

  /** All or none: what begins anew begins with all its counters, and some may be past it again. */
  private static Map<Counter, Double> rates(Figures first, Figures last) {
    if (first.readSeconds() == null || last.readSeconds() == null) {
      return Map.of();
    }
    double seconds = last.readSeconds() - first.readSeconds();
    if (seconds <= 0 || !first.counters().keySet().equals(last.counters().keySet())) {
      return Map.of();
    }
    Map<Counter, Double> rates = new EnumMap<>(Counter.class);
    for (Map.Entry<Counter, Map<String, Double>> counted : last.counters().entrySet()) {
      Map<String, Double> before = first.counters().getOrDefault(counted.getKey(), Map.of());
      if (!before.keySet().equals(counted.getValue().keySet())) {
        return Map.of();
      }
      double more = 0;
      for (Map.Entry<String, Double> now : counted.getValue().entrySet()) {
        double difference = now.getValue() - before.getOrDefault(now.getKey(), 0.0);
        if (difference < 0) {
          return Map.of();
        }
        more += difference;
      }
      rates.put(counted.getKey(), more / seconds);
    }
    return rates;
  }
}
