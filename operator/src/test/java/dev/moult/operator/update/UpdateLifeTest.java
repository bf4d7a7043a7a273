package dev.moult.operator.update;

import static dev.moult.operator.state.StateTableAssert.assertComplete;
import static dev.moult.operator.state.StateTableAssert.assertEnds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UpdateLifeTest {
  private static final List<Boolean> BOTH = List.of(true, false);

  @Test
  void everyStateAndInputTakesAListedStep() {
    assertComplete(UpdateLife.TABLE, inputs(), UpdateLife::next);
  }

  @Test
  void everyStateHasADeadlineAndAWayOut() {
    assertEnds(UpdateLife.TABLE, Set.of());
  }

  @Test
  void everyPhaseHasAState() {
    assertThat(Arrays.stream(UpdateState.values()).map(UpdateState::phase))
        .containsExactlyInAnyOrder(LiveUpdatePhase.values());
  }

  @Test
  void whileTheNewVmmIsAliveOnlyTheAgentDecides() {
    for (var state :
        EnumSet.of(UpdateState.PREPARING, UpdateState.CHECKING, UpdateState.TRANSFERRING)) {
      for (var sight : EnumSet.of(UpdateSight.NEW_RUNS, UpdateSight.CHECKED)) {
        for (var cancelled : BOTH) {
          var input = new UpdateLife.Input(sight, true, true, cancelled);

          assertThat(UpdateLife.next(state, input).terminal())
              .as("%s on %s", state, input)
              .isFalse();
        }
      }
    }
  }

  /** The kubelet tells late that a container runs: the guest may be in it already. */
  @Test
  void onceTheNewPodHasANodeItIsNotForTheOperatorToCancel() {
    for (var expired : BOTH) {
      var input = new UpdateLife.Input(UpdateSight.NEW_STARTS, expired, false, true);

      assertThat(UpdateLife.next(UpdateState.PREPARING, input)).isEqualTo(UpdateState.PREPARING);
    }
  }

  @Test
  void aCommitIsNeverTakenBack() {
    for (var input : inputs()) {
      assertThat(UpdateLife.next(UpdateState.COMMITTING, input))
          .isNotIn(UpdateState.ROLLED_BACK, UpdateState.REFUSED);
    }
  }

  private static List<UpdateLife.Input> inputs() {
    var inputs = new ArrayList<UpdateLife.Input>();
    for (var sight : UpdateSight.values()) {
      for (var expired : BOTH) {
        for (var overdue : BOTH) {
          for (var cancelled : BOTH) {
            inputs.add(new UpdateLife.Input(sight, expired, overdue, cancelled));
          }
        }
      }
    }
    return inputs;
  }
}
