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
          0.5,
          List.of(FIRST, SECOND));

  @Test
  void eachCommandIsABranchOfTheScript() {
    assertThat(QUESTIONS.script())
        .startsWith("two=2\nask() {\n  case $1 in\n    0)\n      echo a\n      ;;\n    1)\n")
        .contains("for number in {0..1}; do\n", "printf '%s\\t%s\\n' \"$number\"")
        .endsWith("while [ \"$1\" = always ]; do\n  sleep 0.5\n  round\ndone\n");
  }

  @Test
  void answersComeInAnyNumber() {
    var answers = QUESTIONS.answers(List.of("1\tb c", "0\ta", "1\t"));

    assertThat(answers)
        .containsEntry(FIRST, List.of("a"))
        .containsEntry(SECOND, List.of("b c", ""));
  }

  @Test
  void whatElseTheShellSaysIsNoAnswer() {
    assertThatThrownBy(() -> QUESTIONS.answers(List.of("0\ta", "connection: reset")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("connection: reset");
  }
}
