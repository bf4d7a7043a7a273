package dev.moult.agent.meter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.qemu.stats.DiskCounts;
import dev.moult.wire.Traffic;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class VmMetersTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Duration LONG = Duration.ofSeconds(20);

  private final AtomicLong nanos = new AtomicLong(-5 * SECOND);
  private final AtomicInteger read = new AtomicInteger();
  private final AtomicBoolean updating = new AtomicBoolean();
  private Collection<Glimpse> vms = List.of();

  @Test
  void aVmIsReadEverySecondAtMostAndThreeTimesInTen() {
    vms = List.of(running());
    VmMeters meters = meters(vm -> Optional.of(reading(read.incrementAndGet())));

    assertThat(micros(meters)).contains(1L);
    nanos.addAndGet(SECOND - 1);
    assertThat(micros(meters)).contains(1L);
    nanos.addAndGet(1);
    assertThat(micros(meters)).contains(2L);
    nanos.addAndGet(2 * SECOND);
    assertThat(micros(meters)).contains(3L);
    nanos.addAndGet(7 * SECOND - 1);
    assertThat(micros(meters)).as("three in less than ten seconds").contains(3L);
    nanos.addAndGet(1);
    assertThat(micros(meters)).contains(4L);
    nanos.addAndGet(SECOND);
    assertThat(micros(meters)).as("ten seconds after the second").contains(5L);
  }

  @Test
  void whenItWasReadIsToldAndStaysUntilItIsReadAgain() {
    vms = List.of(running());
    VmMeters meters = meters(vm -> Optional.of(reading(read.incrementAndGet())));

    assertThat(meters.look().getFirst().readNanos()).isEqualTo(-5 * SECOND);
    nanos.addAndGet(SECOND - 1);
    assertThat(meters.look().getFirst().readNanos()).isEqualTo(-5 * SECOND);
    nanos.addAndGet(2);
    assertThat(meters.look().getFirst().readNanos()).isEqualTo(-4 * SECOND + 1);
  }

  @Test
  void nobodyAsksInAHandoff() {
    vms = List.of(running());
    VmMeters meters = meters(vm -> Optional.of(reading(read.incrementAndGet())));
    assertThat(micros(meters)).contains(1L);
    updating.set(true);

    nanos.addAndGet(100 * SECOND);

    assertThat(micros(meters)).as("the last known").contains(1L);
    nanos.addAndGet(100 * SECOND);
    assertThat(micros(meters)).as("known no more").isEmpty();
    assertThat(read).hasValue(1);
    updating.set(false);
    assertThat(micros(meters)).contains(2L);
  }

  @Test
  void aHandoffHasTheNodeToItselfForAMinute() {
    Glimpse other = new Glimpse(Specs.run(GuestState.RUNNING, true), null, () -> false);
    RunRecord run = Specs.run(GuestState.RUNNING, true);
    vms =
        List.of(
            other,
            new Glimpse(
                new RunRecord(
                    "default",
                    "db",
                    "another",
                    "run",
                    1,
                    "anchor",
                    true,
                    0,
                    0,
                    null,
                    null,
                    run.guest()),
                null,
                updating::get));
    VmMeters meters =
        meters(vm -> vm == other ? Optional.of(reading(read.incrementAndGet())) : Optional.empty());
    assertThat(micros(meters)).contains(1L);
    updating.set(true);

    nanos.addAndGet(59 * SECOND);
    assertThat(micros(meters)).contains(1L);
    nanos.addAndGet(SECOND);
    assertThat(micros(meters)).contains(2L);
  }

  @Test
  void aQemuThatHangsDelaysNobodyForLong() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean hangs = new AtomicBoolean();
    vms = List.of(running());
    VmMeters meters =
        new VmMeters(
            () -> vms,
            vm -> {
              read.incrementAndGet();
              if (hangs.get()) {
                never.await();
              }
              return Optional.of(reading(7));
            },
            Duration.ofMillis(20),
            nanos::get);
    while (micros(meters).isEmpty()) {
      Thread.onSpinWait();
    }
    hangs.set(true);
    nanos.addAndGet(10 * SECOND);
    int before = read.get();

    assertThat(micros(meters)).contains(7L);
    nanos.addAndGet(50 * SECOND);
    assertThat(micros(meters)).contains(7L);

    assertThat(read.get() - before).as("asked once, as it has not answered").isLessThanOrEqualTo(1);
    never.countDown();
  }

  @Test
  void aVmThatHasLeftHasNoSeries() {
    vms = List.of(running());
    VmCollector collector =
        new VmCollector(meters(vm -> Optional.of(reading(read.incrementAndGet()))));
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.getPrometheusRegistry().register(collector);
    String there = registry.scrape().replace(",}", "}");
    assertThat(there)
        .contains("moult_vm_state{namespace=\"default\",name=\"web\",state=\"running\"} 1.0")
        .contains("moult_vm_info{namespace=\"default\",name=\"web\",qemu_version=\"10.0.2\"")
        .contains("moult_vm_vcpu_seconds_total{namespace=\"default\",name=\"web\"} 1.0E-6")
        .contains("moult_vm_usage_read_seconds{namespace=\"default\",name=\"web\"} -5.0")
        .contains(
            "moult_vm_disk_bytes_total{namespace=\"default\",name=\"web\",disk=\"data\",direction=\"read\"}"
                + " 512.0")
        .contains(
            "moult_vm_network_drops_total{namespace=\"default\",name=\"web\",direction=\"receive\"} 4.0")
        .doesNotContain("direction=\"flush\"} 512")
        .doesNotContain(Specs.VM_UID, Specs.VMM, Specs.ANCHOR, "web-vmm-1");

    vms = List.of();

    assertThat(registry.scrape()).doesNotContain("name=\"web\"");
  }

  @Test
  void ofTwoWithOneNameTheLivingOneCounts() {
    RunRecord leaving = Specs.run(GuestState.STOPPED, true);
    vms =
        List.of(
            new Glimpse(
                new RunRecord(
                    "default",
                    "web",
                    "old",
                    "run",
                    1,
                    "anchor",
                    true,
                    0,
                    0,
                    null,
                    null,
                    leaving.guest()),
                null,
                () -> false),
            running());
    VmCollector collector = new VmCollector(meters(vm -> Optional.empty()));

    var states =
        collector.collect().stream().filter(one -> one.name.equals("moult_vm_state")).findFirst();

    assertThat(states.orElseThrow().samples).hasSize(GuestState.values().length);
    assertThat(states.orElseThrow().samples)
        .filteredOn(sample -> sample.value == 1)
        .singleElement()
        .satisfies(sample -> assertThat(sample.labelValues).contains("running"));
  }

  private VmMeters meters(Reader reader) {
    return new VmMeters(() -> vms, reader, LONG, nanos::get);
  }

  private Glimpse running() {
    return new Glimpse(Specs.run(GuestState.RUNNING, true), null, updating::get);
  }

  private static Optional<Long> micros(VmMeters meters) {
    return new ArrayList<>(meters.look()).getFirst().totals().map(one -> one.counts().vcpuMicros());
  }

  private static Reading reading(long micros) {
    DiskCounts.Kind read = new DiskCounts.Kind(1, 512, 1, 0);
    return new Reading(
        Specs.ANCHOR,
        Specs.VMM,
        micros,
        4096,
        Map.of("data", new DiskCounts(read, DiskCounts.Kind.NONE, DiskCounts.Kind.NONE)),
        new Traffic(new Traffic.Way(1, 2, 3, 4), new Traffic.Way(5, 6, 7, 8)));
  }
}
