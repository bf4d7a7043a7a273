package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.meter.QemuReader;
import dev.moult.agent.meter.VmCollector;
import dev.moult.agent.meter.VmMeters;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.ContainerDisk;
import dev.moult.api.v1alpha1.DiskSpecBuilder;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.PersistentVolumeClaimDisk;
import dev.moult.qemu.testing.WritingGuest;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a guest that writes, by two real QEMUs one after the other. */
class MetersIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String VM = "{namespace=default, name=web";
  private static final String WRITTEN =
      "moult_vm_disk_bytes_total" + VM + ", disk=data, direction=write}";
  private static final String VCPU = "moult_vm_vcpu_seconds_total" + VM + "}";
  private static final long MEBI = 1 << 20;

  @TempDir Path directory;
  private TestNode node;
  private VmCollector collector;

  @BeforeEach
  void begin() throws Exception {
    Path volumes = directory.resolve("volumes");
    for (String volume : List.of("disk-root", "disk-data", "scratch")) {
      Files.createDirectories(volumes.resolve(volume));
    }
    Path unused = WritingGuest.image(volumes.resolve("disk-root"), 8 * MEBI);
    node = new TestNode(directory);
    node.wish(
        spec ->
            spec.boot(new BootSpec(null, FirmwareType.BIOS))
                .disks(
                    List.of(
                        DiskSpecBuilder.builder()
                            .name("root")
                            .bootOrder(1)
                            .containerDisk(new ContainerDisk("guest", "/guest.raw"))
                            .build(),
                        DiskSpecBuilder.builder()
                            .name("data")
                            .bootOrder(2)
                            .persistentVolumeClaim(new PersistentVolumeClaimDisk("data"))
                            .build())),
        new PodVolumes(Set.of(), Map.of("data", 8 * MEBI)));
    collector = new VmCollector(new VmMeters(node::glimpses, new QemuReader(node.broker())));
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void countersGoOnThroughAnUpdateAndAQemuThatHangsDelaysNobody() throws Exception {
    String unused = node.boot("10.0.2");
    dots(8);
    Map<String, Double> before = awaitMore(Map.of(WRITTEN, 0.0, VCPU, 0.0));
    assertThat(before)
        .containsEntry(
            "moult_vm_info" + VM + ", qemu_version=10.0.2, machine_type=pc-q35-10.0}", 1.0)
        .containsEntry("moult_vm_state" + VM + ", state=running}", 1.0)
        .containsEntry("moult_vm_state" + VM + ", state=paused}", 0.0)
        .containsEntry("moult_vm_memory_bytes" + VM + "}", 256.0 * MEBI);
    // Each dot is 64 writes of each disk.
    assertThat(before.get("moult_vm_disk_operations_total" + VM + ", disk=data, direction=write}"))
        .isGreaterThanOrEqualTo(8 * 64);
    assertThat(
            before.get("moult_vm_disk_time_seconds_total" + VM + ", disk=data, direction=write}"))
        .isPositive();
    assertThat(before.get("moult_vm_memory_resident_bytes" + VM + "}"))
        .isBetween(1.0 * MEBI, 256.0 * MEBI);

    String update = node.update("11.1.3");
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    assertThat(Objects.requireNonNull(node.result(update)).verdict()).isEqualTo(End.COMMITTED);
    dots(8);

    Map<String, Double> after = awaitMore(before);
    assertThat(after)
        .containsEntry(
            "moult_vm_info" + VM + ", qemu_version=11.1.3, machine_type=pc-q35-10.0}", 1.0);
    before.forEach((series, value) -> {
      if (series.contains("_total{")) {
        assertThat(after.get(series)).as(series).isGreaterThanOrEqualTo(value);
      }
    });

    String pid = Long.toString(node.broker().process(vmmPod()).pid());
    WritingGuest.run("kill", "-STOP", pid);
    try {
      Thread.sleep(
          Duration.ofSeconds(11)); // the meter is due then: the scrape asks, and is not answered
      long asked = System.nanoTime();
      Map<String, Double> hung = scrape();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
      assertThat(hung.get(WRITTEN)).isEqualTo(after.get(WRITTEN));
    } finally {
      WritingGuest.run("kill", "-CONT", pid);
    }
    dots(1);
  }

  /** A full node, but for its QEMU being one. */
  @Test
  void aScrapeOfAHundredAndTenVmsIsCheap() throws Exception {
    String unused = node.boot("11.1.3");
    dots(1);
    Map<String, Double> warm = awaitMore(Map.of(WRITTEN, 0.0, VCPU, 0.0));
    assertThat(warm).isNotEmpty();
    Glimpse one = node.glimpses().iterator().next();
    List<Glimpse> full =
        IntStream.range(0, 110)
            .mapToObj(i -> new Glimpse(named(one.run(), "vm" + i), one.monitor(), one.updating()))
            .toList();
    collector = new VmCollector(new VmMeters(() -> full, new QemuReader(node.broker())));
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    long cpu = process.getProcessCpuTime();
    long begun = System.nanoTime();
    Map<String, Double> first = scrape();
    Duration waited = Duration.ofNanos(System.nanoTime() - begun);
    Map<String, Double> all =
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(100))
            .until(this::scrape, now -> vcpus(now) == full.size());
    long spent = process.getProcessCpuTime() - cpu;

    System.out.printf(
        "110 VMs: %d series; the first scrape took %d ms and had %d of them; %d ms of processor%n",
        all.size(), waited.toMillis(), vcpus(first), spent / 1_000_000);
    assertThat(waited).isLessThan(Duration.ofSeconds(2));
    // Of ten seconds, in which nobody can ask for more than three such readings.
    assertThat(Duration.ofNanos(spent)).isLessThan(Duration.ofSeconds(2));
  }

  private static long vcpus(Map<String, Double> scraped) {
    return scraped.keySet().stream().filter(it -> it.startsWith("moult_vm_vcpu_seconds")).count();
  }

  private static RunRecord named(RunRecord run, String name) {
    return run.withName(name).withVmUid(name);
  }

  private String vmmPod() {
    return Objects.requireNonNull(Objects.requireNonNull(node.shown()).vmm()).podUid();
  }

  /** The first scrape whose disks and vCPUs have done more, and nothing in between was less. */
  private Map<String, Double> awaitMore(Map<String, Double> than) {
    return await()
        .atMost(SOON)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            this::scrape,
            now -> {
              double written = now.getOrDefault(WRITTEN, 0.0);
              assertThat(written).isGreaterThanOrEqualTo(than.getOrDefault(WRITTEN, 0.0));
              return written > than.getOrDefault(WRITTEN, 0.0)
                  && now.getOrDefault(VCPU, 0.0) > than.getOrDefault(VCPU, 0.0);
            });
  }

  private Map<String, Double> scrape() {
    Map<String, Double> all = new TreeMap<>();
    for (MetricFamilySamples family : collector.collect()) {
      for (MetricFamilySamples.Sample sample : family.samples) {
        StringBuilder name = new StringBuilder(sample.name).append('{');
        for (int i = 0; i < sample.labelNames.size(); i++) {
          name.append(i == 0 ? "" : ", ")
              .append(sample.labelNames.get(i))
              .append('=')
              .append(sample.labelValues.get(i));
        }
        assertThat(all.put(name.append('}').toString(), sample.value)).as("once").isNull();
      }
    }
    return all;
  }

  /** Each stands for 64 writes of each disk. */
  private void dots(int count) throws Exception {
    await().atMost(SOON).until(() -> node.broker().hasConsole());
    assertThat(node.broker().console().await("\\.".repeat(count), SOON)).hasSize(count);
  }
}
