package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.SavedState;
import dev.moult.agent.journal.SuspendRecord;
import dev.moult.agent.journal.SuspendRecord.Saved;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.update.Comparison;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.MachineFacts;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.suspend.GuestLoad;
import dev.moult.qemu.suspend.GuestSave;
import dev.moult.qemu.suspend.SuspendException;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts a guest aside and takes it up again. Its RAM stays in the anchor all the while; the state
 * that QEMU writes is kept beside the journal. Whoever may run the guest is decided by the journal
 * alone: the QEMU that saves until {@code SAVED}, nobody until {@code CONSUMED}, then the QEMU that
 * loaded.
 */
final class AsideSteps {
  private static final Logger LOG = Logger.getLogger(AsideSteps.class);

  /** A save takes milliseconds; QEMU may wait for a disk. */
  private static final Duration SAVE = Duration.ofSeconds(10);

  private static final Duration LOAD = Duration.ofSeconds(10);
  private static final Duration GO_ON = Duration.ofSeconds(5);

  /** A try that failed is not repeated before that. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  /** A lock of a QEMU that has just died may be there for a moment. */
  private static final Duration LOCKED = Duration.ofMillis(500);

  private static final Duration LOCKED_PAUSE = Duration.ofMillis(50);

  private final NodeContext node;
  private final VmState state;
  private final StartSteps starts;
  private final Inspection inspection;
  private final GuestWatch guests;

  AsideSteps(
      NodeContext node,
      VmState state,
      StartSteps starts,
      Inspection inspection,
      GuestWatch guests) {
    this.node = node;
    this.state = state;
    this.starts = starts;
    this.inspection = inspection;
    this.guests = guests;
  }

  /** Saves the state of the guest that runs, and ends its QEMU. */
  void suspend() throws BrokerException, IOException, InterruptedException {
    QmpClient qemu = qmp();
    guests.hangUp();
    Saved saved;
    try (Fd written = Memfd.create("state", 0, Memfd.Pages.NORMAL);
        Fd file = Open.reopen(written, OpenFlag.WRITE_ONLY)) {
      saved().keep(MachineFacts.read(qemu)); // while the guest runs
      save(SuspendRecord.saving(now()));
      stop(StopPoint.AGENT_SAVING);
      GuestSave.Saved told = GuestSave.save(qemu, file, SAVE);
      stop(StopPoint.AGENT_STATE_WRITTEN);
      SavedState.Kept kept = saved().keep(written);
      RunRecord.VmmRecord vmm = Objects.requireNonNull(run().vmm());
      saved =
          new Saved(
              now(),
              told.stopMicros(),
              kept.bytes(),
              kept.sha256(),
              qemu.version().numbers(),
              vmm.argv());
    } catch (SuspendException | IOException | IllegalArgumentException e) {
      LOG.warnf("not put aside vm=%s: %s", run().vmUid(), e.getMessage());
      keepRunning("The guest's state was not saved: " + e.getMessage());
      return;
    }
    save(new SuspendRecord(SuspendRecord.Step.SAVED, now(), saved, null));
    stop(StopPoint.AGENT_SAVED);
    putAside();
  }

  /** A guest whose state an earlier agent was saving goes on; it is tried again. */
  void keepRunning() throws IOException, InterruptedException {
    keepRunning("The node agent was restarted while the guest's state was saved.");
    state.suspendAgainAt(Deadline.now());
  }

  /** Nothing is kept of a try that failed. A QEMU that does not let the guest go on is asked on. */
  private void keepRunning(String why) throws IOException, InterruptedException {
    try {
      GuestSave.goOn(qmp(), GO_ON);
    } catch (SuspendException e) {
      throw new IOException(e.getMessage(), e);
    }
    saved().forget();
    state.suspendAgainAt(Deadline.in(AGAIN));
    save(SuspendRecord.failed(now(), why));
  }

  /** A failure that nobody waits for any more is not told any more. */
  void forgetFailure() {
    state.save(run().withSuspend(null));
  }

  /** The state is whole: its QEMU never runs the guest again. */
  void putAside() throws BrokerException, InterruptedException {
    RunRecord.VmmRecord vmm = run().vmm();
    if (vmm != null) {
      end(vmm.podUid());
    }
    state.save(run().withVmm(null));
    state.setGuest(GuestState.SUSPENDED, Reason.SUSPENDED.value(), null);
    state.setBlockers(List.of());
  }

  /** Launches a QEMU that is to take the guest up. */
  void takeUp(PodState pod) throws BrokerException, IOException, InterruptedException {
    FrozenMachine machine = Objects.requireNonNull(run().machine());
    try {
      starts.checkType(pod, machine);
    } catch (StartRefusedException e) {
      refuse(pod, e.reason(), Objects.requireNonNullElse(e.getMessage(), e.reason().description()));
      return;
    }
    Optional<String> foreignDisk = foreignDisk();
    if (foreignDisk.isPresent()) {
      refuse(pod, Reason.DISK_UNAVAILABLE, foreignDisk.get());
      return;
    }
    Optional<String> foreignRam = starts.foreignRam(machine);
    if (foreignRam.isPresent()) {
      refuse(pod, Reason.RESUME_FAILED, foreignRam.get());
      return;
    }
    Launch launch = Launch.vmm(machine, new Role.TakeUp());
    state.save(
        run()
            .withVmm(StartSteps.launched(pod, launch))
            .withSuspend(record().at(SuspendRecord.Step.LOADING, now())));
    stop(StopPoint.AGENT_LOADING);
    try {
      starts.send(pod, launch);
    } catch (BrokerException.Refused e) {
      leave(Reason.RESUME_FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** The new QEMU would open the disks anew: they must be those that the guest wrote. */
  private Optional<String> foreignDisk() throws BrokerException, InterruptedException {
    var storage = run().storage();
    return storage == null
        ? Optional.empty()
        : StorageFound.foreign(
            storage, node.broker().ask(new Request.Facts(run().anchorPodUid())).now());
  }

  /** Compares, loads, and lets the guest go on. */
  void load() throws BrokerException, IOException, InterruptedException {
    QmpClient qemu = qmp();
    Saved saved = record().whatIsSaved();
    try {
      if (!qemu.queryStatus().status().equals("inmigrate")
          || !qemu.queryMigrate().status().equals("none")) {
        leave(Reason.RESUME_FAILED, "The node agent was restarted while the state was loaded.");
        return;
      }
      List<Obstacle> obstacles =
          Comparison.machines(
              saved().machine(), saved.argv(), qemu, Objects.requireNonNull(run().vmm()).argv());
      if (!obstacles.isEmpty()) {
        Obstacle first = obstacles.getFirst();
        leave(first.reason(), first.message());
        return;
      }
      try (Fd file = saved().open(new SavedState.Kept(saved.bytes(), saved.sha256()))) {
        GuestLoad.load(qemu, file, LOAD);
      }
      stop(StopPoint.AGENT_LOADED);
      qemu.queryStatus(); // one that has died with it has used nothing up
    } catch (SuspendException | QmpException | IllegalArgumentException e) {
      leave(Reason.RESUME_FAILED, String.valueOf(e.getMessage()));
      return;
    } catch (SavedState.DamagedException e) {
      lose(e.getMessage());
      return;
    }
    save(record().at(SuspendRecord.Step.CONSUMED, now()));
    stop(StopPoint.AGENT_CONSUMED);
    goOn();
  }

  /** The guest is that QEMU's alone. One that refuses has not run it, and the state is not used. */
  void goOn() throws BrokerException, IOException, InterruptedException {
    Saved saved = record().whatIsSaved();
    try {
      letGoOn(qmp());
    } catch (QmpException.Refused e) {
      leave(Reason.RESUME_FAILED, "QEMU does not let the guest go on: " + e.getMessage());
      return;
    }
    RunRecord run = run();
    state.save(
        run.withVmm(Objects.requireNonNull(run.vmm()).running())
            .withSuspend(record().at(SuspendRecord.Step.OVER, now())));
    state.setGuest(GuestState.RUNNING, null, null);
    saved().forget();
    guests.stoodStill(Duration.ofMillis(Math.max(0, now() - saved.atMillis())));
    inspection.obstacles(Objects.requireNonNull(state.monitor()));
  }

  private static void letGoOn(QmpClient qemu) throws QmpException, InterruptedException {
    Deadline deadline = Deadline.in(LOCKED);
    while (true) {
      try {
        qemu.cont();
        return;
      } catch (QmpException.Refused e) {
        if (deadline.isPassed()) {
          throw e;
        }
        Thread.sleep(LOCKED_PAUSE); // nobody tells when a lock is free
      }
    }
  }

  /** The QEMU that was to take the guest up does not. */
  void leave() throws BrokerException, IOException, InterruptedException {
    RunRecord.VmmRecord vmm = run().vmm();
    PodState pod = vmm == null ? null : state.known(vmm.podUid()).orElse(null);
    var failure = pod == null ? null : pod.failure();
    if (failure != null) {
      leave(LaunchFailure.reason(failure), failure.message());
    } else if (pod == null || pod.stage() == Stage.EXITED) {
      leave(
          Reason.RESUME_FAILED,
          "QEMU ended before it had the guest; the log of pod %s has its last words."
              .formatted(vmm == null ? "?" : vmm.podName()));
    } else {
      leave(Reason.SUSPENDED.value(), null); // it is wished aside again, or its pod is deleted
    }
  }

  private void leave(Reason reason, String message)
      throws BrokerException, IOException, InterruptedException {
    leave(reason.value(), message);
  }

  private void leave(String reason, @Nullable String message)
      throws BrokerException, IOException, InterruptedException {
    RunRecord.VmmRecord vmm = run().vmm();
    if (vmm != null) {
      end(vmm.podUid());
    }
    state.save(run().withVmm(null).withSuspend(record().at(SuspendRecord.Step.SAVED, now())));
    state.setGuest(new GuestRecord(GuestState.SUSPENDED, reason, message, now()));
  }

  /** A pod that cannot take it up; nothing has changed. */
  private void refuse(PodState pod, Reason reason, String message)
      throws BrokerException, InterruptedException {
    state.setGuest(new GuestRecord(GuestState.SUSPENDED, reason.value(), message, now()));
    starts.kill(pod);
  }

  /** The anchor's process has ended, and the RAM with it. */
  void lose() throws BrokerException, IOException, InterruptedException {
    lose(
        "The container of the anchor ended while the guest was suspended, and its memory with it.");
  }

  private void lose(@Nullable String message)
      throws BrokerException, IOException, InterruptedException {
    RunRecord.VmmRecord vmm = run().vmm();
    if (vmm != null) {
      end(vmm.podUid());
    }
    state.setGuest(GuestState.FAILED, Reason.SUSPENDED_STATE_LOST.value(), message);
    state.save(run().withSuspend(null));
    saved().forget();
  }

  /** Its anchor is gone, as its owner wishes: what is kept of it goes with it. */
  void end() throws BrokerException, IOException, InterruptedException {
    state.save(run().withSuspend(null));
    saved().forget();
    state.setGuest(
        GuestState.STOPPED, Reason.POD_DELETED.value(), "It was stopped while it was suspended.");
  }

  /** Its QEMU died on the way: what was saved is of no use any more. */
  void crashed() throws IOException {
    if (run().isSuspending()) {
      state.save(run().withSuspend(null));
      saved().forget();
    }
  }

  private void end(String podUid) throws BrokerException, InterruptedException {
    PodState pod = state.known(podUid).orElse(null);
    if (pod != null && pod.stage() != Stage.EXITED) {
      starts.kill(pod);
    }
    Monitor monitor = state.monitor();
    if (monitor != null && monitor.podUid().equals(podUid)) {
      monitor.close();
      state.setMonitor(null);
    }
  }

  private void save(SuspendRecord suspend) {
    state.save(run().withSuspend(suspend));
  }

  private RunRecord run() {
    return Objects.requireNonNull(state.run());
  }

  private SuspendRecord record() {
    return Objects.requireNonNull(run().suspend());
  }

  private SavedState saved() {
    return state.journal().savedState();
  }

  private QmpClient qmp() {
    return Objects.requireNonNull(state.monitor()).qmp();
  }

  private long now() {
    return node.clock().millis();
  }

  private void stop(StopPoint point) throws InterruptedException {
    StopPoints.at(point, state.journal().vmUid());
  }
}
