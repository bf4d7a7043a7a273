package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class UsageTest {
  private static final VmName WEB = new VmName("shop", "web");
  private static final String FIRST =
      """
      moult_vm_usage_read_seconds{namespace="shop",name="web",} 1000.5
      moult_vm_vcpus{namespace="shop",name="web",} 2.0
      moult_vm_memory_bytes{namespace="shop",name="web",} 2.147483648E9
      moult_vm_memory_resident_bytes{namespace="shop",name="web",} 1.073741824E9
      moult_vm_vcpu_seconds_total{namespace="shop",name="web",} 100.0
      moult_vm_disk_bytes_total{namespace="shop",name="web",disk="root",direction="read",} 4096.0
      moult_vm_disk_bytes_total{namespace="shop",name="web",disk="data",direction="read",} 0.0
      moult_vm_disk_bytes_total{namespace="shop",name="web",disk="root",direction="write",} 10.0
      moult_vm_disk_bytes_total{namespace="shop",name="web",disk="data",direction="write",} 10.0
      moult_vm_network_bytes_total{namespace="shop",name="web",direction="receive",} 1000.0
      moult_vm_network_bytes_total{namespace="shop",name="web",direction="transmit",} 7.0
      moult_vm_disk_operations_total{namespace="shop",name="web",disk="root",direction="read",} 9.0
      """;

  @Test
  void ratesAreByTheAgentsClockAndOfAllDisks() throws Exception {
    Figures last =
        figures(
            FIRST
                .replace("1000.5", "1004.5")
                .replace("} 100.0", "} 101.0")
                .replace("} 4096.0", "} 12288.0")
                .replace(
                    "\"data\",direction=\"read\",} 0.0", "\"data\",direction=\"read\",} 4096.0")
                .replace("} 7.0", "} 11.0"));

    Usage usage = Usage.between(figures(FIRST), last);

    assertThat(usage.vcpus()).isEqualTo(2);
    assertThat(usage.memory()).isEqualTo(2L << 30);
    assertThat(usage.resident()).isEqualTo(1L << 30);
    assertThat(usage.rate(Counter.CPU)).isEqualTo(0.25);
    assertThat(usage.rate(Counter.READ)).isEqualTo(3072);
    assertThat(usage.rate(Counter.WRITTEN)).isZero();
    assertThat(usage.rate(Counter.RECEIVED)).isZero();
    assertThat(usage.rate(Counter.SENT)).isEqualTo(1);
  }

  @Test
  void aCounterThatWentBackLeavesNoRateAtAll() throws Exception {
    String later = FIRST.replace("1000.5", "1004.5").replace("} 7.0", "} 4000.0");

    Usage usage = Usage.between(figures(FIRST), figures(later.replace("} 100.0", "} 0.5")));

    assertThat(usage.rates()).isEmpty();
    assertThat(usage.memory()).isEqualTo(2L << 30);
    assertThat(Usage.between(figures(FIRST), figures(later)).rates()).hasSize(5);
  }

  @Test
  void aDiskThatComesOrGoesIsAnotherRun() throws Exception {
    String later = FIRST.replace("1000.5", "1004.5");
    String another = later.replace("disk=\"data\"", "disk=\"cache\"");
    String none = later.replaceAll("(?m)^moult_vm_disk_bytes.*\\R", "");

    assertThat(Usage.between(figures(FIRST), figures(another)).rates()).isEmpty();
    assertThat(Usage.between(figures(FIRST), figures(none)).rates()).isEmpty();
    assertThat(Usage.between(figures(none), figures(none.replace("1004.5", "1005.5"))).rates())
        .containsOnlyKeys(Counter.CPU, Counter.RECEIVED, Counter.SENT);
  }

  @Test
  void aReadingThatIsNotNewerTellsNothing() throws Exception {
    String before = FIRST.replace("1000.5", "999.5");
    String untold = FIRST.replaceAll("moult_vm_usage_read_seconds.*\\R", "");

    assertThat(Usage.between(figures(FIRST), figures(FIRST)).rates()).isEmpty();
    assertThat(Usage.between(figures(FIRST), figures(before)).rates()).isEmpty();
    assertThat(Usage.between(figures(untold), figures(untold)).rates()).isEmpty();
  }

  @Test
  void whatNoVmCanUseIsNotKnown() throws Exception {
    Figures figures =
        figures(
            FIRST
                .replace("} 2.0", "} NaN")
                .replace("} 2.147483648E9", "} -1")
                .replace("} 1.073741824E9", "} +Inf"));

    assertThat(figures.vcpus()).isNull();
    assertThat(figures.memory()).isNull();
    assertThat(figures.resident()).isNull();
    assertThat(figures.isRead()).isTrue();
  }

  private static Figures figures(String page) throws ExpositionException {
    return Objects.requireNonNull(Figures.of(Exposition.samples(page, Figures.PREFIX)).get(WEB));
  }
}
