package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a wish becomes: machine types and CPU models, with the probes of both versions. */
class ChoicesTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.2, q35,         pc-q35-10.0",
    "10.0.2, pc,          pc-i440fx-10.0",
    "10.0.2, ,            pc-q35-10.0",
    "10.0.2, pc-q35-9.2,  pc-q35-9.2",
    "11.1.3, q35,         pc-q35-11.1",
    "11.1.3, pc-q35-10.0, pc-q35-10.0",
  })
  void anAliasBecomesAVersionedType(String version, @Nullable String wanted, String type)
      throws Exception {
    assertThat(MachineTypes.resolve(wanted, Machines.probe(version))).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pc-q35-4.2", "microvm", "none", "x-remote", "q36", "isapc"})
  void refusesAnotherType(String wanted) {
    assertThatThrownBy(() -> MachineTypes.resolve(wanted, Machines.probe("11.1.3")))
        .isInstanceOfSatisfying(
            MachineRefusedException.class,
            refused -> assertThat(refused.reason().text()).isEqualTo("MachineTypeUnknown"))
        .hasMessage(
            "QEMU 11.1.3 has no machine type "
                + wanted
                + " that can be updated live; write q35, pc or a versioned one such as pc-q35-11.1");
  }

  @Test
  void knowsWhatTheOtherQemuCannotBuild() {
    assertThat(MachineTypes.knows(Machines.probe("11.1.3"), "pc-q35-10.0")).isTrue();
    assertThat(MachineTypes.knows(Machines.probe("10.0.2"), "pc-q35-11.1")).isFalse();
    assertThat(FrozenMachine.rootBus("pc-q35-10.0")).isEqualTo("pcie.0");
    assertThat(FrozenMachine.rootBus("pc-i440fx-10.0")).isEqualTo("pci.0");
  }

  @ParameterizedTest
  @CsvSource({
    "TCG, ,              qemu64-v1,     false",
    "TCG, host,          qemu64-v1,     false",
    "TCG, qemu64,        qemu64-v1,     false",
    "TCG, EPYC-Rome,     EPYC-Rome-v1,  false",
    "TCG, EPYC-Rome-v4,  EPYC-Rome-v4,  false",
    "KVM, ,              host,          true",
    "KVM, host,          host,          true",
    "KVM, EPYC-Rome,     EPYC-Rome-v1,  false",
  })
  void aCpuIsChosen(Accelerator accelerator, @Nullable String wanted, String model, boolean expand)
      throws Exception {
    assertThat(CpuModels.choose(wanted, accelerator, Machines.probe("10.0.2")))
        .isEqualTo(new CpuModels.Choice(FrozenCpu.named(model), expand));
  }

  @ParameterizedTest
  @CsvSource({"TCG,max,CpuNotFrozen", "KVM,max,CpuNotFrozen", "KVM,Pentium9,CpuModelUnknown"})
  void aMovingOrUnknownCpuIsRefused(Accelerator accelerator, String wanted, String reason) {
    assertThatThrownBy(() -> CpuModels.choose(wanted, accelerator, Machines.probe("11.1.3")))
        .isInstanceOfSatisfying(
            MachineRefusedException.class,
            refused -> assertThat(refused.reason().text()).isEqualTo(reason));
  }

  @Test
  void flagsAreTheTrueOnesAndTheValues() throws Exception {
    var props =
        new ObjectMapper()
            .readTree("{\"sse2\":true,\"vmx\":false,\"family\":25,\"model-id\":\"A, B\"}");
    assertThat(CpuModels.flags(props)).containsExactly("family=25", "model-id=A,, B", "sse2=on");
    assertThat(CpuModels.knows(Machines.probe("10.0.2"), FrozenCpu.named("qemu64-v1"))).isTrue();
    assertThat(CpuModels.knows(Machines.probe("10.0.2"), FrozenCpu.named("nothing"))).isFalse();
  }
}
