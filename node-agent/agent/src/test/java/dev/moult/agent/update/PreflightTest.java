package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Specs;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.qmp.MigrationState;
import dev.moult.qemu.qmp.RunState;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static final QemuVersion OLD = QemuVersion.of(10, 0, 2);
  private static final QemuVersion BETWEEN = QemuVersion.of(10, 0, 13);
  private static final QemuVersion NEW = QemuVersion.of(11, 1, 3);

  @Test
  void thePairToBuildOnPasses() {
    Preflight.Findings findings = Preflight.ofTarget(OLD, Specs.machine(), Specs.probe(NEW));

    assertThat(findings.obstacles()).isEmpty();
    assertThat(findings.toVersion()).isEqualTo("11.1.3");
    assertThat(findings.emptyVfio()).isEqualTo(EmptyVfio.KEEP);
  }

  @Test
  void anOlderTargetHasTheEmptySubsectionDropped() {
    assertThat(Preflight.ofTarget(NEW, Specs.machine(), Specs.probe(OLD)).emptyVfio())
        .isEqualTo(EmptyVfio.DROP);
  }

  @Test
  void aKnownBadPairIsRefused() {
    assertThat(Preflight.ofTarget(BETWEEN, Specs.machine(), Specs.probe(NEW)).obstacles())
        .extracting(Obstacle::reason)
        .containsExactly("KnownBadPair");
  }

  @Test
  void aTargetThatKnowsNeitherMachineNorCpuIsRefusedForBoth() {
    ProbeReport poor = new ProbeReport(NEW, List.of(), List.of());

    assertThat(Preflight.ofTarget(OLD, Specs.machine(), poor).obstacles())
        .extracting(Obstacle::reason)
        .containsExactly("MachineTypeUnknown", "CpuModelUnknown");
  }

  @Test
  void anImageWithoutQemuIsRefused() {
    Probe none = Probe.failed(LaunchReason.QEMU_NOT_FOUND, "nothing in /usr/bin");

    assertThat(Preflight.ofTarget(OLD, Specs.machine(), none).obstacles())
        .containsExactly(new Obstacle("QemuNotFound", "nothing in /usr/bin"));
  }

  @Test
  void whatTheRunningQemuSaysIsNamed() throws Exception {
    var shared = new ObjectMapper().readTree("[{\"id\":\"ram0\",\"share\":true}]");
    var own = new ObjectMapper().readTree("[{\"id\":\"ram0\",\"share\":false}]");
    MigrationState free = new MigrationState("none", "", List.of());
    MigrationState blocked = new MigrationState("none", "", List.of("nvme is not migratable"));

    assertThat(Preflight.ofSource(new RunState("running", true), free, shared)).isEmpty();
    assertThat(Preflight.ofSource(new RunState("paused", false), blocked, own))
        .extracting(Obstacle::reason)
        .containsExactly("GuestNotRunning", "NonMigratableDevice", "PrivateMemory");
  }
}
