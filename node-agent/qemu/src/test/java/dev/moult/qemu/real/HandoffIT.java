package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.qemu.cpr.CprItem;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CommandLineDiff;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.pairs.KnownPairs.Verdict;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qtree.Qtree;
import dev.moult.qemu.qtree.QtreeAllowList;
import dev.moult.qemu.qtree.QtreeDiff;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole handoff of {@code docs/architecture.md} between two processes, without Kubernetes. */
class HandoffIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @ParameterizedTest
  @CsvSource({
    "TCG, 10.0.2, 11.1.3, ALLOW",
    "TCG, 11.1.3, 11.1.3, ALLOW",
    "TCG, 11.1.3, 10.0.2, DROP_EMPTY_VFIO",
    "KVM, 10.0.2, 11.1.3, ALLOW",
  })
  void theGuestRunsOnUnderTheOtherQemu(
      Accelerator accelerator, String from, String to, Verdict verdict) throws Exception {
    assumeTrue(accelerator == Accelerator.TCG || kvm(), "no /dev/kvm on this machine");
    try (Hardware hardware = Hardware.of(directory, accelerator);
        RealQemu oldQemu = hardware.start(from);
        QmpClient a = oldQemu.qmp()) {
      a.cont();
      assertThat(hardware.counts()).isTrue();
      FileStat ramBefore = FileStat.of(hardware.ram);

      RealQemu newQemu = hardware.incoming(to);
      try (Relay relay = new Relay(hardware.meet, emptyVfio(a, to, verdict))) {
        Future<List<CprItem>> carried = migrate(hardware, a, relay);
        try (QmpClient b = newQemu.qmp()) {
          assertThat(hardware.counts()).as("A runs the guest until B takes over").isTrue();
          assertAlike(hardware, a, b);
          b.enableHandoffCapabilities();
          b.migrateIncoming(hardware.meeting(Hardware.MAIN));
          QmpEvent stop = a.events().fromStart().await("STOP", SOON);
          long stopped = CountingFirmware.count(hardware.ram);
          end(a, "completed");
          end(b, "completed");
          assertThat(b.queryStatus().status()).isEqualTo("paused");
          assertThat(CountingFirmware.count(hardware.ram))
              .as("nobody runs the guest before the verdict")
              .isEqualTo(stopped);
          b.cont();
          QmpEvent resume = b.events().fromStart().await("RESUME", SOON);
          report(accelerator, from, to, stop, resume);
          oldQemu.kill();

          assertThat(hardware.counts()).isTrue();
          assertThat(carried.get())
              .contains(new CprItem.EndOfList(relay.files().size()))
              .filteredOn(item -> item instanceof CprItem.Subsection s && s.dropped())
              .hasSize(verdict == Verdict.DROP_EMPTY_VFIO ? 1 : 0);
          assertThat(relay.files()).allMatch(file -> file.startsWith("/memfd:"));
          assertThat(FileStat.of(hardware.ram)).isEqualTo(ramBefore);
          b.systemReset();
          b.events().fromStart().await("RESET", SOON);
          assertThat(hardware.counts()).as("B runs A's firmware after a reset").isTrue();
        }
      }
    }
  }

  @Test
  void aKilledBCostsNothingAndTheNextTryWorks() throws Exception {
    try (Hardware hardware = Hardware.of(directory, Accelerator.TCG);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      a.cont();
      RealQemu lost = hardware.incoming(RealQemu.NEW);
      try (Relay relay = new Relay(hardware.meet, EmptyVfio.KEEP)) {
        Future<List<CprItem>> carried = migrate(hardware, a, relay);
        lost.qmp().close();
        lost.kill();
        carried.get();
        end(a, "failed");
      }
      assertThat(a.queryStatus().running()).isTrue();
      assertThat(hardware.counts()).isTrue();
      assertThat(a.events().last("STOP")).isEmpty();
      assertThat(a.queryMigrate().errorDescription()).isNotEmpty();
    }
  }

  private Future<List<CprItem>> migrate(Hardware hardware, QmpClient a, Relay relay)
      throws Exception {
    Future<List<CprItem>> carried = threads.submit(relay);
    a.enableHandoffCapabilities();
    a.setMigrationMode("cpr-transfer");
    a.migrate(
        MigrationChannel.main(hardware.meeting(Hardware.MAIN)),
        MigrationChannel.cpr(hardware.meeting(Hardware.A_CPR)));
    return carried;
  }

  private static EmptyVfio emptyVfio(QmpClient a, String to, Verdict expected) {
    Verdict verdict =
        KnownPairs.bundled()
            .verdict(a.version(), dev.moult.qemu.QemuVersion.parse(to), true)
            .verdict();
    assertThat(verdict).isEqualTo(expected);
    return verdict == Verdict.DROP_EMPTY_VFIO ? EmptyVfio.DROP : EmptyVfio.KEEP;
  }

  private static void assertAlike(Hardware hardware, QmpClient a, QmpClient b) throws Exception {
    assertThat(
            CommandLineDiff.compare(
                hardware.argv(new Role.Start()), hardware.argv(new Role.Incoming("b"))))
        .isEmpty();
    assertThat(
            QtreeDiff.compare(
                Qtree.parse(a.infoQtree()),
                Qtree.parse(b.infoQtree()),
                QtreeAllowList.between(a.version(), b.version())))
        .isEmpty();
  }

  private static void end(QmpClient qemu, String status) throws Exception {
    QmpEvent end =
        qemu.events()
            .fromStart()
            .await(event -> event.isMigration("completed") || event.isMigration("failed"), SOON);
    assertThat(end.isMigration(status)).as(qemu.queryMigrate().errorDescription()).isTrue();
  }

  private static void report(
      Accelerator accelerator, String from, String to, QmpEvent stop, QmpEvent resume) {
    System.out.printf(
        "bare handoff %s → %s (%s): pause %.2f ms%n",
        from, to, accelerator, (resume.timestampMicros() - stop.timestampMicros()) / 1000.0);
  }

  private static boolean kvm() throws LinuxException {
    return Files.isWritable(Path.of("/dev/kvm"));
  }
}
