package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReasonLabelTest {
  @ParameterizedTest
  @EnumSource
  void aReasonOfTheApiIsItsOwnLabel(Reason reason) {
    assertThat(ReasonLabel.of(reason.value())).isEqualTo(reason.value());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "AS_SPECIFIED", "MadeUp\n"})
  void whatIsNoneOfThemIsOther(String reason) {
    assertThat(ReasonLabel.of(reason)).isEqualTo("Other");
  }
}
