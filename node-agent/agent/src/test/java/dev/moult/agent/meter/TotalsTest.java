package dev.moult.agent.meter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.qemu.stats.DiskCounts;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TotalsTest {
  @Test
  void aNewQemuCountsOnFromWhatTheOldOneHadCounted() {
    Totals totals =
        Totals.of(reading("run", "a", 100, 10))
            .with(reading("run", "a", 500, 70))
            .with(reading("run", "b", 3, 1))
            .with(reading("run", "b", 40, 2))
            .with(reading("run", "c", 1, 0));

    assertThat(totals.counts().vcpuMicros()).isEqualTo(500 + 40 + 1);
    assertThat(written(totals)).isEqualTo(70 + 2);
  }

  @Test
  void noReadingIsLessThanTheOneBefore() {
    Totals totals = Totals.of(reading("run", "a", 100, 10));
    for (int update = 0; update < 20; update++) {
      for (int step = 0; step < 3; step++) {
        Totals next = totals.with(reading("run", "qemu" + update, 7L * step, step));
        assertThat(next.counts().vcpuMicros()).isGreaterThanOrEqualTo(totals.counts().vcpuMicros());
        assertThat(written(next)).isGreaterThanOrEqualTo(written(totals));
        totals = next;
      }
    }
    assertThat(totals.counts().vcpuMicros()).isEqualTo(100 + 20 * 14);
  }

  @Test
  void aDiskThatTheNewQemuHasNotToldOfYetKeepsItsCounts() {
    Totals totals =
        Totals.of(reading("run", "a", 100, 10)).with(new Reading("run", "b", 0, 0, Map.of(), null));

    assertThat(written(totals)).isEqualTo(10);
  }

  @Test
  void anotherRunCountsFromNothing() {
    Totals totals = Totals.of(reading("run", "a", 100, 10)).with(reading("next", "a", 5, 1));

    assertThat(totals.counts().vcpuMicros()).isEqualTo(5);
    assertThat(written(totals)).isEqualTo(1);
  }

  private static long written(Totals totals) {
    return totals.counts().disks().getOrDefault("data", DiskCounts.NONE).write().bytes();
  }

  private static Reading reading(String run, String pod, long micros, long bytes) {
    DiskCounts.Kind write = new DiskCounts.Kind(1, bytes, 1, 0);
    DiskCounts disk = new DiskCounts(DiskCounts.Kind.NONE, write, DiskCounts.Kind.NONE);
    return new Reading(run, pod, micros, 4096, Map.of("data", disk), null);
  }
}
