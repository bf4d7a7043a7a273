package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HumanDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "412, 0.41ms",
    "9412, 9.4ms",
    "9960, 10ms",
    "12345, 12.3ms",
    "310400, 310ms",
    "999400, 999ms",
    "999600, 1s",
    "2104000, 2.1s",
    "59940000, 59.9s",
    "59960000, 1m",
    "90000000, 1m30s",
    "3600000000, 1h",
    "-5, 0s"
  })
  void writesForPeople(long micros, String expected) {
    assertThat(HumanDuration.format(Duration.ofNanos(micros * 1000))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "9.4ms, 9", "2m, 120000", "1h30m, 5400000", "1.5s, 1500", "0s, 0"})
  void reads(String text, long millis) {
    assertThat(HumanDuration.parse(text).toMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2", "m", "-2m", "2 m", "2d", "1h-3m"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> HumanDuration.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
