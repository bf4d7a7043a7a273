package dev.moult.operator.vm;

import static dev.moult.operator.state.StateTableAssert.assertComplete;
import static dev.moult.operator.state.StateTableAssert.assertEnds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VmLifeTest {
  private static final List<Boolean> BOTH = List.of(true, false);

  @Test
  void everyStateAndInputTakesAListedStep() {
    assertComplete(VmLife.TABLE, inputs(), VmLife::next);
  }

  @Test
  void everyStateButTheGoalsHasADeadlineAndAWayOut() {
    assertEnds(
        VmLife.TABLE,
        Set.of(VmState.RUNNING, VmState.UPDATING, VmState.SUSPENDED, VmState.STOPPED));
  }

  @Test
  void everyPhaseHasAState() {
    assertThat(Arrays.stream(VmState.values()).map(VmState::phase))
        .containsExactlyInAnyOrder(VirtualMachinePhase.values());
  }

  @Test
  void noSecondRunStartsWhileAnythingOfTheFirstIsThere() {
    for (var state : VmState.values()) {
      for (var input : inputs()) {
        if (input.sight() != Sight.BARE
            && input.sight() != Sight.UNPLACED
            && state != VmState.SCHEDULING) {
          assertThat(VmLife.next(state, input))
              .as("%s on %s", state, input)
              .isNotEqualTo(VmState.SCHEDULING);
        }
      }
    }
  }

  @Test
  void aHandoffIsNeverCutShort() {
    for (var state : Set.of(VmState.RUNNING, VmState.UPDATING)) {
      for (var wished : BOTH) {
        var input =
            new VmLife.Input(wished, false, false, false, Sight.HANDOFF, false, false, false);

        assertThat(VmLife.next(state, input)).isEqualTo(VmState.UPDATING);
      }
    }
  }

  private static List<VmLife.Input> inputs() {
    var inputs = new ArrayList<VmLife.Input>();
    for (var sight : Sight.values()) {
      for (int bits = 0; bits < 128; bits++) {
        inputs.add(
            new VmLife.Input(
                (bits & 1) != 0,
                (bits & 2) != 0,
                (bits & 4) != 0,
                (bits & 64) != 0,
                sight,
                (bits & 8) != 0,
                (bits & 16) != 0,
                (bits & 32) != 0));
      }
    }
    return inputs;
  }
}
