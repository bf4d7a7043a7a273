package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.linux.file.FileStat;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.cpr.CprItem;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.pairs.KnownPairs.Verdict;
import dev.moult.qemu.qmp.QmpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handoffs of a guest that counts in its RAM, between real QEMUs without Kubernetes. */
class HandoffIT {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "TCG, 10.0.2, 11.1.3, ALLOW",
    "TCG, 11.1.3, 11.1.3, ALLOW",
    "TCG, 11.1.3, 10.0.2, DROP_EMPTY_VFIO",
    "KVM, 10.0.2, 11.1.3, ALLOW",
  })
  void theGuestRunsOnUnderTheOtherQemu(
      Accelerator accelerator, String from, String to, Verdict verdict) throws Exception {
    assumeTrue(
        accelerator == Accelerator.TCG || Files.isWritable(Path.of("/dev/kvm")),
        "skipped: no /dev/kvm on this machine");
    try (Hardware hardware = Hardware.counting(directory, accelerator);
        RealQemu oldQemu = hardware.start(from);
        QmpClient a = oldQemu.qmp()) {
      a.cont();
      assertThat(hardware.counts()).isTrue();
      FileStat ramBefore = FileStat.of(hardware.ram());
      try (var handoff = new BareHandoff(hardware, a, to, emptyVfio(from, to, verdict))) {
        assertThat(hardware.counts()).as("A runs the guest until B takes over").isTrue();
        handoff.assertAlike();

        handoff.transfer();
        long stopped = CountingFirmware.count(hardware.ram());
        assertThat(a.events().last("STOP")).isPresent();
        assertThat(CountingFirmware.count(hardware.ram()))
            .as("nobody runs the guest before the verdict")
            .isEqualTo(stopped);
        long pauseMicros = handoff.commit();
        oldQemu.kill();

        System.out.printf(
            "bare handoff %s → %s (%s): pause %.2f ms%n",
            from, to, accelerator, pauseMicros / 1000.0);
        assertThat(hardware.counts()).isTrue();
        assertThat(handoff.files()).isNotEmpty().allMatch(file -> file.startsWith("/memfd:"));
        assertThat(handoff.carried())
            .contains(new CprItem.EndOfList(handoff.files().size()))
            .filteredOn(item -> item instanceof CprItem.Subsection s && s.dropped())
            .hasSize(verdict == Verdict.DROP_EMPTY_VFIO ? 1 : 0);
        assertThat(FileStat.of(hardware.ram())).isEqualTo(ramBefore);
        handoff.b().systemReset();
        handoff.b().events().fromStart().await("RESET", BareHandoff.SOON);
        assertThat(hardware.counts()).as("B boots after a reset").isTrue();
      }
    }
  }

  @Test
  void aBThatDiesBeforeTheStopCostsNothingAndTheNextTryWorks() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        RealQemu qemu = hardware.start(RealQemu.OLD);
        QmpClient a = qemu.qmp()) {
      a.cont();
      try (var lost = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        lost.newQemu().kill();
        assertThat(lost.carried()).isNotEmpty();
        BareHandoff.end(a, "failed");
      }
      assertThat(a.queryStatus().running()).isTrue();
      assertThat(hardware.counts()).isTrue();
      assertThat(a.events().last("STOP")).as("A was never stopped").isEmpty();
      assertThat(a.queryMigrate().errorDescription()).isNotEmpty();

      hardware.sweep();
      a.close(); // a new connection has a history of its own
      try (QmpClient again = qemu.qmp();
          var second = new BareHandoff(hardware, again, RealQemu.NEW, EmptyVfio.KEEP)) {
        second.transfer();
        assertThat(second.commit()).isPositive();
        assertThat(hardware.counts()).isTrue();
      }
    }
  }

  @Test
  void aBThatDiesAfterTheStateMovedGivesTheGuestBackToA() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      a.cont();
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        handoff.transfer();
        assertThat(a.queryStatus().status()).isEqualTo("postmigrate");
        handoff.newQemu().kill();
        a.cont();
        assertThat(hardware.counts()).isTrue();
      }
    }
  }

  private static EmptyVfio emptyVfio(String from, String to, Verdict expected) {
    Verdict verdict =
        KnownPairs.bundled()
            .verdict(QemuVersion.parse(from), QemuVersion.parse(to), true)
            .verdict();
    assertThat(verdict).isEqualTo(expected);
    return verdict == Verdict.DROP_EMPTY_VFIO ? EmptyVfio.DROP : EmptyVfio.KEEP;
  }
}
