package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.qemu.cpr.CprItem;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.CommandLineDiff;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qtree.Qtree;
import dev.moult.qemu.qtree.QtreeAllowList;
import dev.moult.qemu.qtree.QtreeDiff;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;

/** The order of {@code docs/architecture.md} between two processes: begin, transfer, commit. */
final class BareHandoff implements AutoCloseable {

  static final Duration SOON = Duration.ofSeconds(20);

  private final Hardware hardware;
  private final QmpClient a;
  private final RealQemu newQemu;
  private final Relay relay;
  private final FutureTask<List<CprItem>> carried;
  private final QmpClient b;

  /**
   * Begins: starts B, sends it A's cpr stream, and waits for B's monitor. A runs the guest on.
   *
   * @param a the running QEMU's monitor, borrowed
   * @param to B's version
   */
  BareHandoff(Hardware hardware, QmpClient a, String to, EmptyVfio emptyVfio) throws Exception {
    this.hardware = hardware;
    this.a = a;
    newQemu = hardware.incoming(to);
    relay = new Relay(hardware.meet(), emptyVfio);
    carried = new FutureTask<>(relay);
    Thread.ofPlatform().daemon().start(carried);
    a.enableHandoffCapabilities();
    a.setMigrationMode("cpr-transfer");
    a.migrate(
        MigrationChannel.main(hardware.meeting(Hardware.MAIN)),
        MigrationChannel.cpr(hardware.meeting(Hardware.A_CPR)));
    b = newQemu.qmp();
  }

  /** A B that ends as it builds its machine; A's migration has failed when this returns. */
  static RealQemu failing(Hardware hardware, QmpClient a, String to) throws Exception {
    RealQemu newQemu = hardware.incoming(to);
    try (Relay relay = new Relay(hardware.meet(), EmptyVfio.KEEP)) {
      Thread.ofPlatform().daemon().start(new FutureTask<>(relay));
      a.enableHandoffCapabilities();
      a.setMigrationMode("cpr-transfer");
      a.migrate(
          MigrationChannel.main(hardware.meeting(Hardware.MAIN)),
          MigrationChannel.cpr(hardware.meeting(Hardware.A_CPR)));
      end(a, "failed");
    }
    return newQemu;
  }

  /** The new QEMU's monitor. */
  QmpClient b() {
    return b;
  }

  /** The new QEMU. */
  RealQemu newQemu() {
    return newQemu;
  }

  /** B has the hardware of A. */
  void assertAlike() throws Exception {
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

  /** Names of the files behind the stream's descriptors. */
  List<String> files() {
    return relay.files();
  }

  /** What the relay recognised, when it has ended. */
  List<CprItem> carried() throws Exception {
    return carried.get();
  }

  /** Moves the guest's state: A has completed and B is paused when this returns. */
  void transfer() throws Exception {
    b.enableHandoffCapabilities();
    b.migrateIncoming(hardware.meeting(Hardware.MAIN));
    end(a, "completed");
    end(b, "completed");
    assertThat(b.queryStatus().status()).isEqualTo("paused");
  }

  /** Lets B run. Microseconds from A's STOP to B's RESUME, by QEMU's own time stamps. */
  long commit() throws Exception {
    b.cont();
    QmpEvent resume = b.events().fromStart().await("RESUME", SOON);
    QmpEvent stop = a.events().last("STOP").orElseThrow();
    return resume.timestampMicros() - stop.timestampMicros();
  }

  /** Waits for the migration's end and demands that it is the one given. */
  static void end(QmpClient qemu, String status) throws Exception {
    QmpEvent end =
        qemu.events()
            .fromStart()
            .await(event -> event.isMigration("completed") || event.isMigration("failed"), SOON);
    assertThat(end.isMigration(status)).as(qemu.queryMigrate().errorDescription()).isTrue();
  }

  @Override
  public void close() {
    b.close();
    relay.close();
  }
}
