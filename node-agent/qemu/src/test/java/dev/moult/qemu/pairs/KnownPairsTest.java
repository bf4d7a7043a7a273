package dev.moult.qemu.pairs;

import static dev.moult.qemu.QemuVersion.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.pairs.KnownPairs.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KnownPairsTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.2,  11.1.3,  true,  ALLOW",
    "10.0.2,  10.0.13, true,  ALLOW",
    "11.1.3,  11.1.3,  true,  ALLOW",
    "10.0.13, 11.1.3,  true,  REFUSE",
    "10.0.13, 11.1.3,  false, ALLOW",
    "10.0.13, 10.0.2,  true,  REFUSE",
    "10.0.13, 10.0.13, true,  ALLOW",
    "11.1.3,  10.0.2,  true,  DROP_EMPTY_VFIO",
    "11.1.3,  10.0.13, true,  DROP_EMPTY_VFIO",
    "9.2.4,   11.1.3,  true,  REFUSE",
    "10.0.2,  9.2.4,   true,  REFUSE",
  })
  void saysWhatWasMeasured(String from, String to, boolean virtio, Verdict verdict) {
    KnownPairs.Answer answer = KnownPairs.bundled().verdict(parse(from), parse(to), virtio);
    assertThat(answer.verdict()).isEqualTo(verdict);
    if (verdict != Verdict.ALLOW) {
      assertThat(answer.reason()).isNotBlank();
      assertThat(answer.source()).isNotBlank();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "*, 10.0.2, true", "10.0, 10.0.13, true", "10.0, 10.1.0, false", "10.0.1, 10.0.13, false",
    ">=10.1, 10.0.13, false", ">=10.1, 10.1.0, true", "<=10.0, 10.0.13, true", "<10.0, 9.9.9, true"
  })
  void patternsCompareAsManyNumbersAsAreWritten(String pattern, String version, boolean matches) {
    assertThat(new VersionPattern(pattern).matches(parse(version))).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.x", "=10", ">=", "1.2.3.4"})
  void refusesAnotherPattern(String text) {
    assertThatThrownBy(() -> new VersionPattern(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMissingOrCrookedTableIsAnError() {
    assertThatThrownBy(() -> Table.read(KnownPairs.class, "no.csv", 6))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Table.read(KnownPairs.class, "known-pairs.csv", 5))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aUsersLinesComeFirstAndTheTableStaysBehindThem() {
    KnownPairs pairs =
        KnownPairs.bundled()
            .extendedBy("# ours\n\n10.0.2;11.1.3;any;REFUSE;our clock drifts;INC-42\n");

    KnownPairs.Answer answer = pairs.verdict(parse("10.0.2"), parse("11.1.3"), true);
    assertThat(answer.verdict()).isEqualTo(Verdict.REFUSE);
    assertThat(answer.reason()).isEqualTo("our clock drifts");
    assertThat(answer.source()).isEqualTo("INC-42");
    assertThat(pairs.verdict(parse("11.1.3"), parse("10.0.2"), true).verdict())
        .isEqualTo(Verdict.DROP_EMPTY_VFIO);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.13;11.1;virtio;ALLOW;we know better;us       | line 1: the verdict must be REFUSE",
        "10.0;11.1;any;REFUSE;;us                          | line 1: the verdict must be REFUSE",
        "10.0;11.1;any;REFUSE;because                      | line 1: table line with 5 columns",
        "10.x;11.1;any;REFUSE;because;us                   | line 1: not a version pattern: 10.x",
        "10.0;11.1;net;REFUSE;because;us                   | line 1: devices are any or virtio",
        "10.0;11.1;any;REFUZE;because;us                   | line 1: No enum constant",
      })
  void aBadLineIsNamed(String line, String message) {
    assertThatThrownBy(() -> KnownPairs.bundled().extendedBy(line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
