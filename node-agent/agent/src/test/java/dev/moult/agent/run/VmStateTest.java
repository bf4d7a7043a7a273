package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.Journal;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmStateTest {
  private static final String LEFT = "44444444-5a3b-4a52-9d5e-0a4d2f9a7c11";
  private static final PodStatus DEAD =
      new PodStatus(LEFT, Role.VMM, Specs.VM_UID, PodStatus.Stage.EXITED, null, 0);

  @TempDir Path directory;
  private VmState state;

  @BeforeEach
  void aGuestRunsAndItsEarlierPodWentWhileNoAgentWasThere() throws IOException {
    var journal = new Journal(directory).of(Specs.VM_UID);
    journal.save(Specs.run(GuestState.RUNNING, true));
    state = new VmState("node1", journal, Clock.systemUTC());
  }

  @Test
  void forgetsWhatOnlyTheBrokerRemembersOnceThePodsAreListed() {
    state.apply(new VmSignal.BrokerBack(List.of(DEAD), false));
    assertThat(RunPlanner.next(state.scene())).isNotEqualTo(new Step.Forget(LEFT));

    state.apply(new VmSignal.Listed(Set.of(Specs.ANCHOR, Specs.VMM), Set.of()));

    assertThat(RunPlanner.next(state.scene())).isEqualTo(new Step.Forget(LEFT));
  }

  @Test
  void forgetsWhatABrokerThatComesLaterRemembers() {
    state.apply(new VmSignal.Listed(Set.of(Specs.ANCHOR, Specs.VMM), Set.of()));

    state.apply(new VmSignal.BrokerBack(List.of(DEAD), true));

    assertThat(RunPlanner.next(state.scene())).isEqualTo(new Step.Forget(LEFT));
  }

  @Test
  void leavesThePodsOfOthersAlone() {
    var other = new PodStatus(LEFT, Role.VMM, "another", PodStatus.Stage.EXITED, null, 0);

    state.apply(new VmSignal.BrokerBack(List.of(other), true));

    assertThat(RunPlanner.next(state.scene())).isNotEqualTo(new Step.Forget(LEFT));
  }
}
