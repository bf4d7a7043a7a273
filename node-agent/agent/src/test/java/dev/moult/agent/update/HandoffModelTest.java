package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.HandoffModel.Fault;
import dev.moult.agent.update.HandoffWorld.Step;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever dies, at whatever moment, a handoff ends as the fault table says. */
class HandoffModelTest {

  @Test
  void withoutAFaultItCommits() {
    assertThat(HandoffModel.ends(HandoffWorld.BEGIN, 0)).containsExactly(Action.FINISH_COMMITTED);
  }

  /** The model itself refuses a second run, an early {@code cont}, and an end that is not true. */
  @Test
  void noTwoFaultsHurtAGuestAndEveryWorldComesToAnEnd() {
    Set<HandoffWorld> worlds = HandoffModel.worlds(2);

    Set<HandoffWorld> ending = new HashSet<>();
    worlds.forEach(world -> HandoffModel.endsFrom(world, ending, new HashSet<>()));
    assertThat(ending).hasSizeGreaterThan(500);
  }

  /** C: on B. R: on A as before. L: lost. S: A does not answer. Empty: it cannot strike there. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        // fault        |1–3|3  |4  |5  |6  |7–8
        "AGENT_KILLED   |R  |CR |C  |C  |C  |C",
        "STEP_FAILED    |R  |CR |C  |C  |   |",
        "A_KILLED       |L  |L  |L  |C  |C  |C",
        "B_KILLED       |R  |R  |R  |R  |L  |L",
        "B_FROZEN       |R  |R  |R  |R  |L  |C",
        "A_HANGS        |   |   |R  |CR |   |",
        "NOT_STOPPED    |R  |R  |R  |R  |   |",
        "TOO_SLOW       |R  |CR |CR |CR |   |",
        "CONT_REFUSED   |R  |R  |R  |R  |R  |",
        "UPDATE_DELETED |R  |CR |C  |C  |C  |C",
        "GUEST_STOPS    |R  |CR |C  |C  |C  |C",
        "TARGET_DELETED |R  |CR |C  |C  |C  |C",
        "AGENT_STOPS    |R  |CR |C  |C  |C  |C",
        "GUEST_ENDS     |R  |   |   |   |   |",
      })
  void oneFaultEndsAsTheTableSays(
      Fault fault,
      String preparing,
      String listening,
      String main,
      String loaded,
      String committed,
      String resumed) {
    Map<Step, Set<Action>> row = HandoffModel.table().get(fault);

    assertThat(row)
        .as(fault.words())
        .isEqualTo(
            expected(
                Map.of(
                    Step.PREPARING, letters(preparing),
                    Step.LISTENING, letters(listening),
                    Step.MAIN, letters(main),
                    Step.LOADED, letters(loaded),
                    Step.COMMITTED, letters(committed),
                    Step.RESUMED, letters(resumed))));
  }

  private static String letters(String cell) {
    return cell == null ? "" : cell.strip();
  }

  private static Map<Step, Set<Action>> expected(Map<Step, String> cells) {
    return cells.entrySet().stream()
        .filter(cell -> !cell.getValue().isEmpty())
        .collect(Collectors.toMap(Map.Entry::getKey, cell -> actions(cell.getValue())));
  }

  private static Set<Action> actions(String letters) {
    return Arrays.stream(letters.split(""))
        .map(letter ->
            switch (letter) {
              case "C" -> Action.FINISH_COMMITTED;
              case "R" -> Action.FINISH_ROLLED_BACK;
              case "L" -> Action.FINISH_LOST;
              case "S" -> Action.FINISH_STUCK;
              default -> throw new IllegalArgumentException(letter);
            })
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Action.class)));
  }
}
