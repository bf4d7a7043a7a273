package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Specs;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.qmp.MigrationState;
import dev.moult.qemu.qmp.RunState;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static final String SHARED = "[{\"id\":\"ram0\",\"share\":true}]";
  private static final String PRIVATE = "[{\"id\":\"ram0\",\"share\":false}]";
  private static final QemuVersion OLD = QemuVersion.of(10, 0, 2);
  private static final QemuVersion BETWEEN = QemuVersion.of(10, 0, 13);
  private static final KnownPairs PAIRS = KnownPairs.bundled();
  private static final QemuVersion NEW = QemuVersion.of(11, 1, 3);

  @Test
  void thePairToBuildOnPasses() {
    Preflight.Findings findings = Preflight.ofTarget(PAIRS, OLD, Specs.machine(), Specs.probe(NEW));

    assertThat(findings.obstacles()).isEmpty();
    assertThat(findings.toVersion()).isEqualTo("11.1.3");
    assertThat(findings.emptyVfio()).isEqualTo(EmptyVfio.KEEP);
  }

  @Test
  void anOlderTargetHasTheEmptySubsectionDropped() {
    assertThat(Preflight.ofTarget(PAIRS, NEW, Specs.machine(), Specs.probe(OLD)).emptyVfio())
        .isEqualTo(EmptyVfio.DROP);
  }

  @Test
  void aKnownBadPairIsRefused() {
    assertThat(Preflight.ofTarget(PAIRS, BETWEEN, Specs.machine(), Specs.probe(NEW)).obstacles())
        .extracting(Obstacle::reason)
        .containsExactly("KnownBadPair");
  }

  @Test
  void aTargetThatKnowsNeitherMachineNorCpuIsRefusedForBoth() {
    ProbeReport poor = new ProbeReport(NEW, List.of(), List.of());

    assertThat(Preflight.ofTarget(PAIRS, OLD, Specs.machine(), poor).obstacles())
        .extracting(Obstacle::reason)
        .containsExactly("MachineTypeUnknown", "CpuModelUnknown");
  }

  @Test
  void anImageWithoutQemuIsRefused() {
    Probe none = Probe.failed(LaunchReason.QEMU_NOT_FOUND, "nothing in /usr/bin");

    assertThat(Preflight.ofTarget(PAIRS, OLD, Specs.machine(), none).obstacles())
        .containsExactly(new Obstacle("QemuNotFound", "nothing in /usr/bin"));
  }

  @Test
  void aUsersOwnPairIsRefusedWithItsReasonAndSource() {
    KnownPairs pairs = PAIRS.extendedBy("10.0.2;11.1.3;any;REFUSE;our clock drifts;INC-42");

    assertThat(Preflight.ofTarget(pairs, OLD, Specs.machine(), Specs.probe(NEW)).obstacles())
        .containsExactly(
            new Obstacle("KnownBadPair", "10.0.2 to 11.1.3: our clock drifts (INC-42)"));
  }

  @Test
  void aRunningQemuThatCanHandOverHasNoObstacle() throws Exception {
    assertThat(
            Preflight.ofSource(
                running(SHARED, true, List.of("virtio-net-pci")), machine("qemu64-v1"), false))
        .isEmpty();
  }

  @Test
  void aGuestThatItsOwnerHasPausedIsHandedOverAsItStands() throws Exception {
    assertThat(Preflight.ofSource(standing("paused"), machine("qemu64-v1"), true)).isEmpty();
    assertThat(Preflight.ofSource(standing("paused"), machine("qemu64-v1"), false)).hasSize(1);
    for (String status : List.of("prelaunch", "postmigrate", "io-error", "guest-panicked")) {
      assertThat(Preflight.ofSource(standing(status), machine("qemu64-v1"), true))
          .containsExactly(
              new Obstacle(
                  "GuestNotRunning",
                  "The guest does not run; QEMU says "
                      + status
                      + ". Let it go on first (spec.paused: false)."));
    }
  }

  private static Preflight.Source standing(String status) throws Exception {
    return new Preflight.Source(
        OLD,
        new RunState(status, false),
        new MigrationState("none", "", List.of()),
        memory(SHARED),
        true,
        List.of());
  }

  @Test
  void whatTheRunningQemuSaysIsNamed() throws Exception {
    Preflight.Source paused =
        new Preflight.Source(
            OLD,
            new RunState("paused", false),
            new MigrationState("none", "", List.of("nvme is not migratable")),
            memory(PRIVATE),
            true,
            List.of());

    assertThat(Preflight.ofSource(paused, machine("qemu64-v1"), false))
        .extracting(Obstacle::reason)
        .containsExactly("GuestNotRunning", "NonMigratableDevice", "PrivateMemory");
  }

  @Test
  void whatTheRunningQemuDoesNotSayIsNamedToo() throws Exception {
    assertThat(Preflight.ofSource(running(SHARED, false, List.of("nvme")), machine("host"), false))
        .extracting(Obstacle::reason)
        .containsExactly("NonMigratableDevice", "PrivateMemory", "CpuNotFrozen");
    Preflight.Source ancient =
        new Preflight.Source(
            QemuVersion.of(9, 2, 4),
            new RunState("running", true),
            new MigrationState("none", "", List.of()),
            memory(SHARED),
            true,
            List.of());
    assertThat(Preflight.ofSource(ancient, machine("qemu64-v1"), false))
        .extracting(Obstacle::reason)
        .containsExactly("KnownBadPair");
  }

  @Test
  void eachReasonCountsOnce() {
    Preflight.Findings findings =
        Preflight.ofTarget(PAIRS, BETWEEN, Specs.machine(), Specs.probe(NEW))
            .and(List.of(new Obstacle("KnownBadPair", "of the source"), new Obstacle("X", "x")));

    assertThat(findings.obstacles())
        .containsExactly(new Obstacle("KnownBadPair", "of the source"), new Obstacle("X", "x"));
  }

  private static Preflight.Source running(String memory, boolean auxShared, List<String> types)
      throws Exception {
    return new Preflight.Source(
        OLD,
        new RunState("running", true),
        new MigrationState("none", "", List.of()),
        memory(memory),
        auxShared,
        types);
  }

  private static JsonNode memory(String json) throws Exception {
    return new ObjectMapper().readTree(json);
  }

  private static FrozenMachine machine(String cpu) {
    return Specs.machine().toJson().contains(cpu)
        ? Specs.machine()
        : FrozenMachine.fromJson(Specs.machine().toJson().replace("qemu64-v1", cpu));
  }
}
