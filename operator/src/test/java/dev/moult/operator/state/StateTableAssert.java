package dev.moult.operator.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** What holds for every state machine: checked over all states and all inputs. */
public final class StateTableAssert {
  private StateTableAssert() {}

  /** Every step is listed, and every listed step is taken by some input. */
  public static <S extends Enum<S> & State, I> void assertComplete(
      StateTable<S> table, List<I> inputs, BiFunction<S, I, S> next) {
    Set<String> taken = new HashSet<>();
    for (S state : table.states().getEnumConstants()) {
      for (I input : inputs) {
        S to = next.apply(state, input);
        assertThat(table.allows(state, to))
            .as("%s → %s on %s is listed", state, to, input)
            .isTrue();
        if (to != state) {
          taken.add(state + " → " + to);
        }
      }
    }
    var listed =
        table.transitions().stream()
            .map(t -> t.from() + " → " + t.to())
            .collect(Collectors.toSet());
    assertThat(taken).as("no listed transition is impossible").isEqualTo(listed);
    assertThat(table.transitions()).as("each is listed once").hasSameSizeAs(listed);
  }

  /** Terminal states end; every other has a way out, and a deadline unless it is a goal. */
  public static <S extends Enum<S> & State> void assertEnds(StateTable<S> table, Set<S> goals) {
    for (S state : EnumSet.allOf(table.states())) {
      if (state.terminal()) {
        assertThat(table.targets(state)).as("%s is terminal", state).isEmpty();
        assertThat(state.deadline()).isEmpty();
      } else {
        assertThat(table.targets(state)).as("%s has a way out", state).isNotEmpty();
        assertThat(state.deadline().isPresent())
            .as("%s has a deadline, unless it is a goal", state)
            .isNotEqualTo(goals.contains(state));
      }
    }
  }
}
