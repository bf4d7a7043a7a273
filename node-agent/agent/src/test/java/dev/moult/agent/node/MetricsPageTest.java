package dev.moult.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.meter.VmCollector;
import dev.moult.agent.meter.VmMeters;
import dev.moult.agent.run.Specs;
import dev.moult.qemu.testing.Checkout;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.Type;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/metrics.md} names what an agent serves: names, types and labels. */
class MetricsPageTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| `(moult_[a-z0-9_]+)` \\| ([a-z]+) \\|", Pattern.MULTILINE);

  @Test
  void thePageNamesEveryMetric() throws Exception {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    UpdateMetrics metrics = new UpdateMetrics(registry);
    metrics.node(Specs.node(false), "node1");
    metrics.updateEnded(refused(), Duration.ofMillis(5));
    metrics.watch(List::of, () -> 0, () -> Duration.ZERO);
    registry
        .getPrometheusRegistry()
        .register(new VmCollector(new VmMeters(List::of, vm -> Optional.empty())));

    Set<String> served = new TreeSet<>();
    for (MetricFamilySamples family :
        Collections.list(registry.getPrometheusRegistry().metricFamilySamples())) {
      if (!family.name.endsWith("_max")) {
        served.add(name(family) + " " + family.type.name().toLowerCase(Locale.ROOT));
      }
    }
    assertThat(documented()).containsExactlyInAnyOrderElementsOf(served);
  }

  private static String name(MetricFamilySamples family) {
    return family.type == Type.COUNTER ? family.name + "_total" : family.name;
  }

  private static List<String> documented() throws Exception {
    String page = Files.readString(Checkout.file("docs/metrics.md"));
    return Arrays.stream(page.split("(?m)^## ", -1))
        .filter(part -> part.startsWith("The node agent"))
        .flatMap(part -> ROW.matcher(part).results())
        .map(row -> row.group(1) + " " + row.group(2))
        .toList();
  }

  private static UpdateResult refused() {
    return new UpdateResult(
        End.REFUSED,
        "KnownBadPair",
        "",
        0,
        "10.0.2",
        "",
        null,
        1,
        0,
        0,
        false,
        List.of(),
        List.of(),
        List.of());
  }
}
