package dev.moult.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Specs;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpdateMetricsTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final UpdateMetrics metrics = new UpdateMetrics(registry);

  @Test
  void everySeriesIsThereFromTheStart() {
    assertThat(scraped())
        .contains("moult_updates_total{result=\"committed\"} 0.0")
        .contains("moult_updates_total{result=\"rolled_back\"} 0.0")
        .contains("moult_updates_total{result=\"refused\"} 0.0")
        .contains("moult_updates_total{result=\"failed\"} 0.0")
        .contains("moult_update_pause_seconds_bucket{le=\"0.01\"} 0");
  }

  @Test
  void aPauseOfNineMillisecondsIsInItsBucket() {
    metrics.updateEnded(result(9_007L), Duration.ofMillis(675));

    assertThat(scraped())
        .contains("moult_updates_total{result=\"committed\"} 1.0")
        .contains("moult_update_pause_seconds_bucket{le=\"0.008\"} 0")
        .contains("moult_update_pause_seconds_bucket{le=\"0.01\"} 1")
        .contains("moult_update_pause_seconds_count 1")
        .contains("moult_update_duration_seconds_bucket{le=\"1.0\"} 1");
  }

  @Test
  void theNodesAbilitiesAreLabels() {
    metrics.node(Specs.node(false), "node1");

    assertThat(scraped())
        .contains("moult_node_info{")
        .contains("acceleration=\"TCG\"")
        .contains("kvm_usable=\"false\"")
        .contains("node=\"node1\"");
  }

  private String scraped() {
    return registry.scrape().replace(",}", "}");
  }

  private static UpdateResult result(Long pause) {
    return new UpdateResult(
        End.COMMITTED,
        "Transferred",
        "",
        0,
        "10.0.2",
        "11.1.3",
        pause,
        1,
        1,
        0,
        true,
        List.of(),
        List.of(),
        List.of());
  }
}
