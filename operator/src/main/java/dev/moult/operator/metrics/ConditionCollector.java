package dev.moult.operator.metrics;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.ReasonLabel;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * VirtualMachines by what their conditions say, counted when scraped. A reason that no machine has
 * is no series, and a word that is not the API's makes none of its own: agents write conditions
 * too.
 */
final class ConditionCollector extends Collector implements Collector.Describable {
  private static final String COUNT = "moult_virtualmachines_condition";
  private static final String AGE = "moult_virtualmachines_not_up_to_date_seconds";
  private static final Set<String> TYPES =
      Arrays.stream(ConditionType.values())
          .map(ConditionType::value)
          .collect(Collectors.toUnmodifiableSet());

  private final Known known;
  private final Clock clock;

  private record Key(String type, ConditionStatus status, String reason)
      implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      return toString().compareTo(other.toString());
    }
  }

  ConditionCollector(Known known, Clock clock) {
    this.known = known;
    this.clock = clock;
  }

  @Override
  public List<MetricFamilySamples> describe() {
    return List.of(count(), age());
  }

  private static GaugeMetricFamily count() {
    return new GaugeMetricFamily(
        COUNT,
        "VirtualMachines by type, status and reason of their conditions.",
        List.of("type", "status", "reason"));
  }

  private static GaugeMetricFamily age() {
    return new GaugeMetricFamily(
        AGE,
        "For how long the oldest VirtualMachine that runs another VMM than its spec asks for has"
            + " done so, by reason.",
        List.of("reason"));
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var count = count();
    var age = age();
    if (known.complete().getAsBoolean()) {
      var counts =
          conditions()
              .collect(
                  Collectors.groupingBy(
                      ConditionCollector::key, TreeMap::new, Collectors.counting()));
      counts.forEach((key, many) ->
          count.addMetric(List.of(key.type(), word(key.status()), key.reason()), many));
      oldest().forEach((reason, since) -> age.addMetric(List.of(reason), seconds(since)));
    }
    return List.of(count, age);
  }

  private Stream<Condition> conditions() {
    return known
        .virtualMachines()
        .get()
        .map(VirtualMachine::getStatus)
        .filter(status -> status != null)
        .flatMap(status -> status.conditions().stream())
        .filter(condition -> TYPES.contains(condition.type()));
  }

  private static Key key(Condition condition) {
    return new Key(condition.type(), condition.status(), ReasonLabel.of(condition.reason()));
  }

  private Map<String, Instant> oldest() {
    return conditions()
        .filter(condition -> condition.type().equals(ConditionType.UP_TO_DATE.value()))
        .filter(condition -> condition.status() == ConditionStatus.FALSE)
        .collect(
            Collectors.toMap(
                condition -> ReasonLabel.of(condition.reason()),
                this::since,
                (one, other) -> one.isBefore(other) ? one : other,
                TreeMap::new));
  }

  private Instant since(Condition condition) {
    var since = condition.lastTransitionTime();
    return since == null ? clock.instant() : since;
  }

  private double seconds(Instant since) {
    return Math.max(0, Duration.between(since, clock.instant()).toMillis() / 1e3);
  }

  /** As the API shows it. */
  private static String word(ConditionStatus status) {
    return status.name().charAt(0) + status.name().substring(1).toLowerCase(Locale.ROOT);
  }
}
