package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Machines;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.SlotFacts.Access;
import dev.moult.wire.SlotFacts.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestRamTest {
  private static final long SIZE = 512L << 20;
  private static final FrozenMachine ORDINARY = Specs.machine();
  private static final FrozenMachine HUGE = Machines.huge(ORDINARY, 2 << 20);

  @Test
  void ofTheMachineIsNotForeign() {
    assertThat(foreign(ORDINARY, SIZE, 0)).isEmpty();
    assertThat(foreign(HUGE, SIZE, 2 << 20)).isEmpty();
  }

  @Test
  void ofAnotherSizeIs() {
    assertThat(foreign(ORDINARY, SIZE + 4096, 0))
        .contains(
            "The anchor holds memory of 536875008 bytes in ordinary pages, but the machine is to"
                + " have 536870912 bytes in ordinary pages.");
    assertThat(foreign(ORDINARY, SIZE - 4096, 0)).isPresent();
    assertThat(foreign(HUGE, SIZE * 2, 2 << 20)).isPresent();
  }

  @Test
  void ofOtherPagesIs() {
    assertThat(foreign(HUGE, SIZE, 0)).isPresent();
    assertThat(foreign(ORDINARY, SIZE, 2 << 20)).isPresent();
    assertThat(foreign(HUGE, SIZE, 1 << 30))
        .hasValueSatisfying(text -> assertThat(text).contains("huge pages of 1024 MiB"));
  }

  @Test
  void thatIsNotThereIs() {
    assertThat(GuestRam.foreign(ORDINARY, List.of())).contains("The guest's memory is not there.");
  }

  private static Optional<String> foreign(FrozenMachine machine, long bytes, long pageBytes) {
    return GuestRam.foreign(
        machine,
        List.of(new SlotFacts(10, Kind.FILE, 1, 4711, 0, bytes, 7, Access.READ_WRITE, pageBytes)));
  }
}
