package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How a shell is asked for features, and which answer is to which. */
final class QuestionsTest {
  private static final Feature FIRST = new Feature("first", "echo a", "a");
  private static final Feature SECOND = new Feature("second", "printf 'b\\tc'", "b c");

  private static final Questions QUESTIONS =
      new Questions(
          (script, word) -> {
            throw new AssertionError("nobody asks");
          },
          "two=2\n",
          List.of(FIRST, SECOND));

  @Test
  void eachCommandIsABranchOfTheScript() {
    assertThat(QUESTIONS.script())
        .startsWith("two=2\nask() {\n  case $1 in\n    0)\n      echo a\n      ;;\n    1)\n")
        .contains("for number in {0..1}; do\n", "printf '%s\\t%s\\n' \"$1\"");
  }

  @Test
  void answersComeInAnyOrder() {
    var lines = List.of("0", "1", "1\tb c", "1", "0\ta", "1\t");

    assertThat(QUESTIONS.answers(lines, 0, 6))
        .containsEntry(FIRST, List.of("a"))
        .containsEntry(SECOND, List.of("b c", ""));
  }

  @Test
  void whatWasAskedBeforeTheEndAndAnsweredAfterTheBeginningCounts() {
    var lines =
        List.of("0", "1", "0\told", "0", "1\tlong", "0\tnew", "0", "1", "0\tlate", "1\tlate");

    assertThat(QUESTIONS.answers(lines, 4, 6))
        .containsEntry(FIRST, List.of("new"))
        .containsEntry(SECOND, List.of("long"));
  }

  @Test
  void whatWasAskedBeforeTheEndIsWaitedFor() {
    assertThat(Questions.isOpen(List.of("0", "1", "0\ta"), 2)).isTrue();
    assertThat(Questions.isOpen(List.of("0", "1", "0\ta", "0", "1\tb"), 2)).isFalse();
  }

  @Test
  void whatElseTheShellSaysIsNoAnswer() {
    assertThatThrownBy(() -> QUESTIONS.answers(List.of("0", "0\ta", "connection: reset"), 0, 9))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("connection: reset");
  }
}
