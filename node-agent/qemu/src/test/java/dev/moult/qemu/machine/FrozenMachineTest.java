package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FrozenMachineTest {

  @Test
  void survivesItsJson() {
    FrozenMachine machine = Machines.web();
    assertThat(FrozenMachine.fromJson(machine.toJson())).isEqualTo(machine);
    FrozenMachine bare =
        new FrozenMachine(
            "bare",
            machine.uuid(),
            "pc-i440fx-10.0",
            Accelerator.KVM,
            new FrozenCpu("base", List.of("sse2=on")),
            8,
            1L << 33,
            Firmware.DESCRIPTOR,
            null,
            List.of(),
            Smbios.MOULT);
    assertThat(FrozenMachine.fromJson(bare.toJson())).isEqualTo(bare);
  }

  @Test
  void hasNoDisksInTheJsonOfAMachineWithout() {
    assertThat(Machines.web().toJson()).doesNotContain("disks", "extras");
    FrozenMachine debian = Machines.debian(Firmware.UEFI);
    assertThat(FrozenMachine.fromJson(debian.toJson())).isEqualTo(debian);
  }

  /** An older agent reads a machine of ordinary pages, and none of huge ones. */
  @Test
  void hasItsPagesInTheJsonIfTheyAreHuge() {
    FrozenMachine machine = Machines.web();
    FrozenMachine huge = Machines.huge(machine, 2 << 20);

    assertThat(machine.toJson()).doesNotContain("hugePage");
    assertThat(huge.toJson()).contains("\"hugePageBytes\":2097152");
    assertThat(FrozenMachine.fromJson(huge.toJson())).isEqualTo(huge);
    assertThat(huge.withCpu(machine.cpu())).isEqualTo(huge);
    assertThatThrownBy(() -> Machines.huge(machine, 1 << 30))
        .as("512 MiB")
        .hasMessageContaining("hugePageBytes");
    assertThatThrownBy(() -> Machines.huge(machine, 4096)).hasMessageContaining("hugePageBytes");
  }

  @Test
  void refusesAMachineThatHadMoreThanItKnows() {
    String json = Machines.web().toJson().replaceFirst("\\{", "{\"tpm\":true,");
    assertThatThrownBy(() -> FrozenMachine.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tpm");
  }

  @Test
  void refusesWhatWouldChangeTheCommandLine() {
    assertThatThrownBy(() -> Machines.web("52:54:00:12:34:56,id=x", 512))
        .hasMessageContaining("nic.mac");
    assertThatThrownBy(() -> Machines.web("52:54:00:12:34:56", 0))
        .hasMessageContaining("memoryBytes");
    String json = Machines.web().toJson();
    assertThatThrownBy(() -> FrozenMachine.fromJson(json.replace("\"web\"", "\"web,debug=on\"")))
        .hasMessageContaining("name");
  }

  @Test
  void roundsMemoryUpToMebibytes() {
    assertThat(FrozenMachine.roundMemory(1_000_000_000)).isEqualTo(954L << 20);
    assertThat(FrozenMachine.roundMemory(1 << 20)).isEqualTo(1 << 20);
  }
}
