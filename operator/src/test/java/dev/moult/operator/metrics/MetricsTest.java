package dev.moult.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Path PAGE = Path.of("../docs/metrics.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `(moult_[a-z0-9_]+)` \\| ([a-z]+) \\|.*", Pattern.MULTILINE);
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final UpdateMetrics metrics = new UpdateMetrics(registry);
  private boolean complete = true;
  private List<VirtualMachine> machines = List.of();

  @BeforeEach
  void register() {
    PhaseMetrics.register(
        registry,
        registry.getPrometheusRegistry(),
        new Known(
            () -> complete,
            () -> machines.stream(),
            () -> Stream.of(update(LiveUpdatePhase.TRANSFERRING, "Transferring"))),
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @Test
  void theResultsAreThereFromTheStart() {
    assertThat(scraped())
        .contains("moult_updates_total{result=\"completed\"} 0.0")
        .contains("moult_updates_total{result=\"rolled_back\"} 0.0")
        .contains("moult_updates_total{result=\"refused\"} 0.0")
        .contains("moult_updates_total{result=\"failed\"} 0.0")
        .doesNotContain("result=\"transferring\"");
  }

  @Test
  void millisecondsAreInTheirBuckets() {
    metrics.ended(completed(9_007L, 310_000L));

    assertThat(scraped())
        .contains("moult_updates_total{result=\"completed\"} 1.0")
        .contains("moult_update_pause_seconds_bucket{le=\"0.008\"} 0")
        .contains("moult_update_pause_seconds_bucket{le=\"0.01\"} 1")
        .contains("moult_update_brownout_seconds_bucket{le=\"0.25\"} 0")
        .contains("moult_update_brownout_seconds_bucket{le=\"0.5\"} 1");
  }

  @Test
  void aFailureHasTheApisReasonOrNone() {
    metrics.ended(update(LiveUpdatePhase.REFUSED, "KnownBadPair"));
    metrics.ended(update(LiveUpdatePhase.ROLLED_BACK, "a word of a foreign pod"));

    assertThat(scraped())
        .contains("moult_update_failures_total{reason=\"KnownBadPair\",result=\"refused\"} 1.0")
        .contains("moult_update_failures_total{reason=\"Other\",result=\"rolled_back\"} 1.0");
  }

  @Test
  void conditionsAreCountedAndTheOldestOutdatedIsKnown() {
    machines =
        List.of(
            machine(condition("UpToDate", ConditionStatus.FALSE, "UpdateHeld", 7_200)),
            machine(condition("UpToDate", ConditionStatus.FALSE, "UpdateHeld", 60)),
            machine(condition("UpToDate", ConditionStatus.TRUE, "AsSpecified", 9_000)),
            machine(condition("Made-Up", ConditionStatus.TRUE, "AsSpecified", 9_000)));

    assertThat(scraped())
        .contains(
            "moult_virtualmachines_condition{type=\"UpToDate\",status=\"False\",reason=\"UpdateHeld\"}"
                + " 2.0")
        .contains("moult_virtualmachines_not_up_to_date_seconds{reason=\"UpdateHeld\"} 7200.0")
        .contains("moult_virtualmachines{phase=\"Running\"} 4.0")
        .contains("moult_liveupdates{phase=\"Transferring\"} 1.0")
        .contains("moult_liveupdates{phase=\"RolledBack\"} 0.0")
        .doesNotContain("Made-Up");
  }

  @Test
  void nothingIsCountedBeforeAllIsKnown() {
    machines = List.of(machine(condition("UpToDate", ConditionStatus.FALSE, "UpdateHeld", 60)));
    complete = false;

    assertThat(scraped())
        .contains("moult_virtualmachines{phase=\"Running\"} NaN")
        .doesNotContain("UpdateHeld");
  }

  @Test
  void thePageNamesEveryMetric() throws IOException {
    metrics.ended(update(LiveUpdatePhase.REFUSED, "KnownBadPair"));
    var served = new TreeSet<String>();
    for (var family : Collections.list(registry.getPrometheusRegistry().metricFamilySamples())) {
      if (!family.name.endsWith("_max")) {
        served.add(name(family) + " " + family.type.name().toLowerCase(Locale.ROOT));
      }
    }

    assertThat(documented()).containsExactlyInAnyOrderElementsOf(served);
  }

  private static String name(MetricFamilySamples family) {
    return family.type == Type.COUNTER ? family.name + "_total" : family.name;
  }

  private static List<String> documented() throws IOException {
    String page = Files.readString(PAGE);
    String chapter =
        Arrays.stream(page.split("(?m)^## ", -1))
            .filter(part -> part.startsWith("The operator"))
            .findFirst()
            .orElseThrow();
    return ROW.matcher(chapter).results().map(row -> row.group(1) + " " + row.group(2)).toList();
  }

  private String scraped() {
    return registry.scrape().replace(",}", "}");
  }

  private static LiveUpdate completed(long pause, long brownout) {
    var update = new LiveUpdate();
    update.setStatus(
        LiveUpdateStatusBuilder.builder()
            .phase(LiveUpdatePhase.COMPLETED)
            .pauseMicros(pause)
            .brownoutMicros(brownout)
            .durationMicros(2_000_000L)
            .build());
    return update;
  }

  private static LiveUpdate update(LiveUpdatePhase phase, String reason) {
    var update = new LiveUpdate();
    update.setStatus(LiveUpdateStatusBuilder.builder().phase(phase).reason(reason).build());
    return update;
  }

  private static Condition condition(
      String type, ConditionStatus status, String reason, long secondsAgo) {
    return new Condition(type, status, 1L, NOW.minusSeconds(secondsAgo), reason, null);
  }

  private static VirtualMachine machine(Condition condition) {
    var machine = new VirtualMachine();
    machine.setStatus(
        VirtualMachineStatusBuilder.builder()
            .phase(VirtualMachinePhase.RUNNING)
            .conditions(List.of(condition))
            .build());
    return machine;
  }
}
