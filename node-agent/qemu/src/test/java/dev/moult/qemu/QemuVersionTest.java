package dev.moult.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QemuVersionTest {

  @Test
  void readsDebiansText() {
    QemuVersion version = QemuVersion.parse("11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)");
    assertThat(version)
        .isEqualTo(new QemuVersion(11, 1, 3, "Debian 1:11.1.3+ds-1~bpo13+1"))
        .hasToString("11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)");
    assertThat(version.numbers()).isEqualTo("11.1.3");
  }

  @Test
  void ordersByNumbersNotByText() {
    assertThat(QemuVersion.parse("10.0.13")).isGreaterThan(QemuVersion.parse("10.0.2"));
    assertThat(QemuVersion.parse("9.2.4")).isLessThan(QemuVersion.parse("10.0"));
    assertThat(QemuVersion.of(11, 1, 3).atLeast(10, 1)).isTrue();
    assertThat(QemuVersion.of(10, 0, 13).atLeast(10, 1)).isFalse();
    assertThat(QemuVersion.of(11, 1, 3).sameNumbers(QemuVersion.parse("11.1.3 (x)"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "11", "v11.1.3", "11.1.3;rm", "11.1.99999999999", "11.1.3 (a"})
  void refusesOtherText(String text) {
    assertThatThrownBy(() -> QemuVersion.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
