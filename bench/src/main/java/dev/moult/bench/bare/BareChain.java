package dev.moult.bench.bare;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.bench.Steps;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Inotify;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.suspend.GuestLoad;
import dev.moult.qemu.suspend.GuestSave;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** One machine that is handed from QEMU to QEMU: what was B in one handoff is A in the next. */
final class BareChain implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String MAIN = "main.sock";
  private static final String CPR = "cpr.sock";

  private final BareQemu.Launch launch;
  private final BareMachine machine;
  private BareQemu qemu;
  private QmpClient monitor;

  /**
   * Starts the first QEMU; its guest does not run yet.
   *
   * @param machine borrowed
   */
  BareChain(BareQemu.Launch launch, BareMachine machine) throws IOException, InterruptedException {
    this.launch = launch;
    this.machine = machine;
    this.qemu = start(new Role.Start());
    this.monitor = qemu.qmp();
  }

  /** Lets the guest run. */
  void cont() throws IOException, InterruptedException {
    monitor.cont();
  }

  /** Hands the guest to a fresh QEMU and kills the old one; steps by the wall clock. */
  Steps handOff() throws Exception {
    return handOff(startIncoming());
  }

  private Steps handOff(BareQemu next) throws Exception {
    var steps = new Steps();
    var a = monitor;
    a.enableHandoffCapabilities();
    a.setMigrationMode("cpr-transfer");
    QmpEvents.Cursor ofA = a.events().fromNow();
    steps.reached(StepName.VMM_LAUNCHED, now());
    // B's own socket: nothing stands between the two.
    migrate(a);
    var b = next.qmp();
    steps.reached(StepName.QMP_READY, now());
    QmpEvents.Cursor ofB = b.events().fromStart();
    b.enableHandoffCapabilities();
    b.migrateIncoming(machine.meeting(MAIN));
    steps.reached(StepName.INCOMING_READY, now());
    QmpEvent stop = ofA.await("STOP", SOON);
    completed(ofA, a);
    completed(ofB, b);
    steps.reached(StepName.STATE_SENT, now());
    b.cont();
    QmpEvent resume = ofB.await("RESUME", SOON);
    qemu.kill();
    steps.reached(StepName.OLD_VMM_KILLED, now());
    steps.reached(StepName.GUEST_STOPPED, stop.timestampMicros());
    steps.reached(StepName.GUEST_RESUMED, resume.timestampMicros());
    a.close();
    qemu.close();
    qemu = next;
    monitor = b;
    return steps;
  }

  /**
   * Saves the guest's state, kills its QEMU, and lets a fresh one take it up.
   *
   * @param directory for the state
   */
  BareGuest.Rest rest(Path directory) throws Exception {
    Path state = Files.createTempFile(directory, "state", "");
    long saved;
    try (var file = Open.path(state, OpenFlag.WRITE_ONLY)) {
      saved = GuestSave.save(monitor, file, SOON).stopMicros();
    }
    qemu.kill();
    monitor.close();
    qemu.close();
    long launched = now();
    qemu = start(new Role.TakeUp());
    monitor = qemu.qmp();
    try (var file = Open.path(state, OpenFlag.READ_ONLY)) {
      GuestLoad.load(monitor, file, SOON);
    }
    QmpEvents.Cursor events = monitor.events().fromNow();
    monitor.cont();
    QmpEvent resume = events.await("RESUME", SOON);
    Files.delete(state);
    return new BareGuest.Rest(saved, resume.timestampMicros() - launched);
  }

  /** A connects once: it is asked again while B's socket has its name and nobody listens on it. */
  private void migrate(QmpClient a) throws Exception {
    var deadline = Deadline.in(SOON);
    while (true) {
      try {
        a.migrate(
            MigrationChannel.main(machine.meeting(MAIN)),
            MigrationChannel.cpr(machine.meeting(CPR)));
        return;
      } catch (QmpException.Refused e) {
        if (!e.description().contains("Connection refused") || deadline.isPassed()) {
          throw e;
        }
      }
    }
  }

  /** Starts B and waits until its socket for A's descriptors has a name. */
  private BareQemu startIncoming() throws IOException, InterruptedException {
    for (var name : List.of(MAIN, CPR)) {
      var unused = FileControl.unlinkIfThere(machine.meet(), name);
    }
    try (var watch = Inotify.open()) {
      var unused = watch.watch(machine.meet(), Set.of(Inotify.Kind.CREATED));
      var next = start(new Role.Incoming(CPR));
      var deadline = Deadline.in(SOON);
      int[] ready =
          Poll.await(
              List.of(Poll.Watch.readable(watch.fd()), Poll.Watch.readable(next.ended())),
              deadline);
      if (ready[0] == 0) {
        next.close();
        throw new IOException("the new QEMU does not listen; it said: " + next.said());
      }
      return next;
    }
  }

  private BareQemu start(Role role) throws IOException {
    try (var opened = machine.open()) {
      return BareQemu.start(
          launch, machine.argv(role), opened.descriptors(), machine.listeningSlots());
    }
  }

  private static void completed(QmpEvents.Cursor events, QmpClient qemu) throws Exception {
    QmpEvent end =
        events.await(event -> event.isMigration("completed") || event.isMigration("failed"), SOON);
    if (!end.isMigration("completed")) {
      throw new IOException("handoff failed: " + qemu.queryMigrate().errorDescription());
    }
  }

  private static long now() {
    var now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    monitor.close();
    try {
      qemu.kill();
    } catch (LinuxException gone) {
      // it has ended by itself
    }
    qemu.close();
  }
}
