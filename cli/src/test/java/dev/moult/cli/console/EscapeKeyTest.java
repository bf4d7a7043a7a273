package dev.moult.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EscapeKeyTest {
  @ParameterizedTest
  @CsvSource({"^],29,Ctrl-]", "^a,1,Ctrl-A", "^A,1,Ctrl-A", "^_,31,Ctrl-_", "^@,0,Ctrl-@"})
  void isWrittenWithACaret(String text, byte code, String words) {
    var key = EscapeKey.parse(text);

    assertThat(key.code()).contains(code);
    assertThat(key).hasToString(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "^", "a", "^1", "^ab", "None"})
  void nothingElseIsOne(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> EscapeKey.parse(text));
  }

  @Test
  void isFoundWhereItWasPressed() {
    byte[] typed = "ls\u001d\n".getBytes(StandardCharsets.US_ASCII);

    assertThat(EscapeKey.parse("^]").find(typed, typed.length)).isEqualTo(2);
    assertThat(EscapeKey.parse("^]").find(typed, 2)).isEqualTo(2);
    assertThat(EscapeKey.parse("none").find(typed, typed.length)).isEqualTo(typed.length);
  }
}
