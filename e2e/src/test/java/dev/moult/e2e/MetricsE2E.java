package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What Prometheus is told of a guest, before a live update, after it, and when the guest has left.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MetricsE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String SYSTEM = "moult-system";
  private static final String VM = "metered";
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+(?:\\{.*\\})?) ([0-9.eE+-]+)$");
  private static final String DISK =
      """
        disks:
          - name: data
            emptyDisk: {capacity: 16Mi}
      """;

  private final KubernetesClient client;
  private final TestNamespace namespace;

  MetricsE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-metrics");
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    namespace.boot(
        VM,
        ExampleVm.manifest(
            Installed.checkout(),
            VM,
            yaml -> yaml.replace("  networks:\n", DISK + "  networks:\n")),
        PATIENCE);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void countersGoOnThroughALiveUpdate() throws Exception {
    Map<String, Double> before = awaitVcpuSeconds(0);
    assertThat(before)
        .containsEntry(vm("state", "state=\"running\""), 1.0)
        .containsEntry(vm("state", "state=\"lost\""), 0.0)
        .containsEntry(vm("vcpus"), 1.0)
        .containsEntry(vm("memory_bytes"), 512.0 * (1 << 20));
    assertThat(before.keySet()).anyMatch(series -> series.contains("qemu_version=\"10.0.2\""));
    assertThat(before).containsEntry(vm("memory_resident_bytes"), 512.0 * (1 << 20));
    assertThat(before.get(vm("disk_operations_total", "disk=\"data\"", "direction=\"read\"")))
        .as("its kernel looks for partitions")
        .isPositive();

    try (var watched = new WatchedUpdate(namespace, VM)) {
      var seen = watched.run(() -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));
      assertThat(seen.update().getStatus().phase()).isEqualTo(LiveUpdatePhase.COMPLETED);
    }

    Map<String, Double> after = awaitVcpuSeconds(before.get(vm("vcpu_seconds_total")));
    assertThat(after.keySet())
        .anyMatch(series -> series.contains("qemu_version=\"11.1.3\"") && series.contains(VM))
        .noneMatch(series -> series.contains("qemu_version=\"10.0.2\"") && series.contains(VM));
    before.forEach((series, value) -> {
      if (series.contains("_total{") && series.contains(labels())) {
        assertThat(after.get(series)).as(series).isGreaterThanOrEqualTo(value);
      }
    });
    assertThat(after.get(vm("network_packets_total", "direction=\"receive\"")))
        .as("it was asked all the time")
        .isGreaterThan(before.get(vm("network_packets_total", "direction=\"receive\"")) + 10);
    assertThat(after.get("moult_updates_total{result=\"committed\"}")).isPositive();
  }

  @Test
  @Order(2)
  void theOperatorCountsTheUpdateAndItsBrownout() {
    Map<String, Double> operator = scrape("operator", 8080);

    assertThat(operator.get("moult_updates_total{result=\"completed\"}")).isPositive();
    assertThat(operator.get("moult_update_brownout_seconds_count")).isPositive();
    assertThat(operator.get("moult_update_pause_seconds_bucket{le=\"1.0\"}")).isPositive();
    assertThat(operator.keySet())
        .contains(
            "moult_virtualmachines_condition{type=\"Ready\",status=\"True\",reason=\"AsSpecified\"}");
  }

  @Test
  @Order(3)
  void aGuestThatHasLeftHasNoSeries() {
    var unused = namespace.vm(VM).delete();

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> assertThat(agents().keySet()).noneMatch(series -> series.contains(labels())));
  }

  private Map<String, Double> awaitVcpuSeconds(double moreThan) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .until(this::agents, all -> all.getOrDefault(vm("vcpu_seconds_total"), 0.0) > moreThan);
  }

  private String labels() {
    return "namespace=\"" + namespace.name() + "\",name=\"" + VM + "\"";
  }

  private String vm(String name, String... more) {
    var all = new StringBuilder("moult_vm_").append(name).append('{').append(labels());
    for (String label : more) {
      all.append(',').append(label);
    }
    return all.append('}').toString();
  }

  private Map<String, Double> agents() {
    return scrape("node-agent", 8081);
  }

  /** Of all pods of a part, through the API server. */
  private Map<String, Double> scrape(String part, int port) {
    var all = new TreeMap<String, Double>();
    for (var pod :
        client
            .pods()
            .inNamespace(SYSTEM)
            .withLabel("app.kubernetes.io/component", part)
            .list()
            .getItems()) {
      String page =
          client.raw(
              "/api/v1/namespaces/%s/pods/http:%s:%d/proxy/q/metrics"
                  .formatted(SYSTEM, pod.getMetadata().getName(), port));
      SAMPLE
          .matcher(page.replace(",}", "}"))
          .results()
          .forEach(
              sample -> all.merge(sample.group(1), Double.parseDouble(sample.group(2)), Math::max));
    }
    return all;
  }
}
