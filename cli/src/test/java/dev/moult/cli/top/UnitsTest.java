package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnitsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0m",
    "0.0000000001, 0m",
    "0.0001, 1m",
    "0.25, 250m",
    "0.29, 290m",
    "3.9999, 4000m"
  })
  void coresAreRoundedUpToThousandths(double cores, String text) {
    assertThat(Units.millicores(cores)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0.29, 1, 29%", "1.25, 2, 63%", "0, 4, 0%", "1, 0, -"})
  void percentAreOfAllCores(double cores, double vcpus, String text) {
    assertThat(Units.percent(cores, vcpus)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.4, 0",
    "1023, 1023",
    "1024, 1.0Ki",
    "1535, 1.4Ki",
    "10239, 9.9Ki",
    "10240, 10Ki",
    "1048575, 1023Ki",
    "1048576, 1.0Mi",
    "1e30, 867361737988Ei"
  })
  void bytesHaveTheUnitThatLeavesFewDigits(double bytes, String text) {
    assertThat(Units.bytes(bytes)).isEqualTo(text);
  }

  @Test
  void memoryIsInMebibytesAsOfPods() {
    assertThat(Units.mebibytes(2.0 * (1 << 30))).isEqualTo("2048Mi");
    assertThat(Units.mebibytes(1048575.0)).isEqualTo("0Mi");
  }

  @Test
  void whatIsNotKnownIsADash() {
    assertThat(Units.millicores(null)).isEqualTo("-");
    assertThat(Units.percent(null, 2.0)).isEqualTo("-");
    assertThat(Units.percent(1.0, null)).isEqualTo("-");
    assertThat(Units.mebibytes(null)).isEqualTo("-");
    assertThat(Units.bytes(null)).isEqualTo("-");
  }
}
