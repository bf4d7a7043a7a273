package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Nic;
import dev.moult.wire.Answer;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachinePlanTest {
  private static final QemuVersion VERSION = QemuVersion.of(10, 0, 2);

  @Test
  void freezesWhatIsWished() {
    FrozenMachine machine = Specs.machine();

    assertThat(machine.machineType()).isEqualTo("pc-q35-10.0");
    assertThat(machine.accelerator()).isEqualTo(Accelerator.TCG);
    assertThat(machine.cpu().model()).isEqualTo("qemu64-v1");
    assertThat(machine.memoryBytes()).isEqualTo(512L << 20);
    assertThat(machine.uuid()).hasToString(Specs.VM_UID);
    assertThat(machine.nics().getFirst().mac()).isEqualTo("52:54:00:ab:cd:ef");
  }

  @Test
  void freezesThePagesOfItsMemory() throws Exception {
    FrozenMachine machine =
        MachinePlan.freeze(
                "web", Specs.VM_UID, Specs.huge(), Specs.probe(VERSION), Specs.node(true), 1500)
            .machine();

    assertThat(machine.hugePageBytes()).isEqualTo(2 << 20);
    assertThat(Specs.machine().hugePageBytes()).isZero();
  }

  @Test
  void anAliasBecomesAVersionedType() throws Exception {
    VirtualMachineSpec spec = Specs.spec("q35", Acceleration.TCG, null);

    FrozenMachine machine =
        MachinePlan.freeze("web", Specs.VM_UID, spec, Specs.probe(VERSION), Specs.node(true), 1500)
            .machine();

    assertThat(machine.machineType()).isEqualTo("pc-q35-10.0");
    assertThat(machine.accelerator()).isEqualTo(Accelerator.TCG);
  }

  @Test
  void autoIsKvmOnlyWhereItRunsLinux() throws Exception {
    VirtualMachineSpec spec = Specs.spec();

    MachinePlan.Frozen frozen =
        MachinePlan.freeze("web", Specs.VM_UID, spec, Specs.probe(VERSION), Specs.node(true), 1500);

    assertThat(frozen.machine().accelerator()).isEqualTo(Accelerator.KVM);
    assertThat(frozen.expandCpu()).isTrue();
  }

  @Test
  void kvmThatIsNotThereIsSaid() {
    assertRefused(
        () -> freeze(Specs.spec("q35", Acceleration.KVM, null)),
        Reason.ACCELERATION_UNAVAILABLE,
        "runs real-mode code only");
  }

  @Test
  void anUnknownMachineTypeIsSaid() {
    assertRefused(
        () -> freeze(Specs.spec("pc-q35-99.0", Acceleration.TCG, null)),
        Reason.MACHINE_TYPE_UNKNOWN,
        "pc-q35-99.0");
  }

  @Test
  void anImageWithoutQemuIsSaid() {
    assertRefused(
        () -> MachinePlan.probe(Probe.failed(LaunchReason.QEMU_NOT_FOUND, "no qemu in /usr/bin")),
        Reason.QEMU_NOT_FOUND,
        "no qemu in /usr/bin");
  }

  @Test
  void aProbeThatIsNoneIsSaid() {
    assertRefused(
        () -> MachinePlan.probe(Probe.of(new byte[] {1, 2, 3})), Reason.QEMU_UNUSABLE, "");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-,ip=10.0.2.2::10.0.2.1:255.255.255.0::eth0:off",
        "quiet,quiet ip=10.0.2.2::10.0.2.1:255.255.255.0::eth0:off",
        "quiet ip=dhcp,quiet ip=dhcp",
        "ip=off quiet,ip=off quiet",
        "zip=1,zip=1 ip=10.0.2.2::10.0.2.1:255.255.255.0::eth0:off",
      })
  void theGuestIsToldItsAddressUnlessItIsToldOne(String args, String expected) throws Exception {
    GuestLink link = GuestLink.masqueraded(Specs.spec().networks().getFirst(), Specs.VM_UID, 1500);

    assertThat(link.kernelArguments(args == null ? "" : args)).isEqualTo(expected);
  }

  @Test
  void aBridgedGuestHasWhatThePodsLinkHad() throws Exception {
    GuestLink link =
        GuestLink.bridged(
            new Answer.BridgeMade(
                1450, "10.88.0.7", 20, "8a:51:aa:bb:cc:dd", "10.88.0.1", List.of()));

    FrozenMachine machine =
        MachinePlan.freeze(
                "web",
                Specs.VM_UID,
                Specs.spec(),
                Specs.probe(VERSION),
                Specs.node(false),
                List.of(link),
                null)
            .machine();

    assertThat(machine.nics())
        .singleElement()
        .satisfies(nic -> assertThat(nic.mac()).isEqualTo("8a:51:aa:bb:cc:dd"))
        .satisfies(nic -> assertThat(nic.mtu()).isEqualTo(1450));
    assertThat(Objects.requireNonNull(machine.kernel()).args())
        .endsWith("ip=10.88.0.7::10.88.0.1:255.255.240.0::eth0:off");
  }

  /** Whatever comes and goes, a card that stays at its place stays at its address. */
  @Test
  void furtherCardsLieBehindAllElseAndTheFirstWhereItAlwaysDid() throws Exception {
    FrozenMachine machine = threeCards();

    assertThat(machine.nics())
        .containsExactly(
            new Nic("0", "8a:51:aa:bb:cc:01", 9000, 1, "pcie.0", 3),
            new Nic("1", "8a:51:aa:bb:cc:dd", 1450, 2, "pcie.0", 0x15),
            new Nic("2", "8a:51:aa:bb:cc:02", 1500, 1, "pcie.0", 0x16));
    assertThat(Objects.requireNonNull(machine.kernel()).args())
        .as("the first card's network has no address to tell")
        .isEqualTo("console=ttyS0");
  }

  static FrozenMachine threeCards() throws StartRefusedException {
    List<GuestLink> links =
        List.of(
            GuestLink.bridged(
                new Answer.BridgeMade(9000, "", 0, "8a:51:aa:bb:cc:01", null, List.of())),
            GuestLink.bridged(
                new Answer.BridgeMade(
                    1450, "10.88.0.7", 16, "8a:51:aa:bb:cc:dd", "10.88.0.1", List.of())),
            GuestLink.bridged(
                new Answer.BridgeMade(
                    1500, "10.86.0.7", 24, "8a:51:aa:bb:cc:02", null, List.of())));
    return MachinePlan.freeze(
            "web",
            Specs.VM_UID,
            Specs.specOfThreeNetworks(),
            Specs.probe(VERSION),
            Specs.node(false),
            links,
            null)
        .machine();
  }

  @Test
  void routesThatAKernelCannotBeToldAreSaid() throws Exception {
    GuestLink link =
        GuestLink.bridged(
            new Answer.BridgeMade(
                1450,
                "10.88.0.7",
                32,
                "8a:51:aa:bb:cc:dd",
                "169.254.1.1",
                List.of("169.254.1.1/32,0.0.0.0", "0.0.0.0/0,169.254.1.1")));

    assertRefused(() -> link.kernelArguments("quiet"), Reason.NETWORK_FAILED, "by firmware");
    assertThat(link.kernelArguments("ip=off")).isEqualTo("ip=off");
  }

  @Test
  void aMacAddressIsTheSameAtEveryStart() {
    assertThat(GuestLink.mac(null, Specs.VM_UID))
        .startsWith("52:54:00:")
        .isEqualTo(GuestLink.mac(null, Specs.VM_UID))
        .isNotEqualTo(GuestLink.mac(null, Specs.ANCHOR));
  }

  private static void freeze(VirtualMachineSpec spec) throws StartRefusedException {
    var unused =
        MachinePlan.freeze("web", Specs.VM_UID, spec, Specs.probe(VERSION), Specs.node(false), 0);
  }

  private static void assertRefused(ThrowingCallable call, Reason reason, String words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StartRefusedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e).hasMessageContaining(words);
            });
  }
}
