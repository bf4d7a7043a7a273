package dev.moult.agent.run;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.update.Preflight;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Deadline;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Looks at the QEMU in charge: what its guest does, and what would keep it from being updated, so
 * that a VM says so before anybody asks. It looks when it first sees a QEMU, after an update, after
 * an event that changes the machine, and from time to time, since not every change is an event. A
 * look is seven commands on a local socket, a few milliseconds; the API server hears of it only
 * when the answer is another one.
 */
final class Inspection {
  private static final Duration INTERVAL = Duration.ofSeconds(60);

  private final VmState state;
  private Deadline next = Deadline.in(INTERVAL);

  Inspection(VmState state) {
    this.state = state;
  }

  /** Whether an event of QEMU may have changed what can be updated. */
  static boolean isChange(QmpEvent event) {
    return switch (event.name()) {
      case "STOP",
          "RESUME",
          "SUSPEND",
          "WAKEUP",
          "DEVICE_DELETED",
          "DEVICE_UNPLUG_GUEST_ERROR",
          "MEMORY_DEVICE_SIZE_CHANGE",
          "BLOCK_IO_ERROR" ->
          true;
      default -> false;
    };
  }

  /** Looks at a QEMU that was not watched for a while: at its guest, and for obstacles. */
  void guest(Monitor monitor) throws QmpException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    if (run.guest().ended()) {
      return; // its first word is its last
    }
    RunState now = monitor.qmp().queryStatus();
    GuestState shown = run.guest().state();
    switch (now.status()) {
      case "shutdown" ->
          state.setGuest(
              GuestState.STOPPED, Reason.GUEST_POWERED_OFF.value(), "The guest powered off.");
      case "guest-panicked" ->
          state.setGuest(
              GuestState.FAILED, Reason.GUEST_PANICKED.value(), "The guest's kernel panicked.");
      case "io-error" -> {
        if (!DiskTrouble.isIn(run.guest())) {
          state.setGuest(DiskTrouble.guest(System.currentTimeMillis()));
        }
      }
      case "watchdog" -> {
        GuestRecord stands = WatchdogNews.paused(System.currentTimeMillis());
        if (!run.guest().pausedByUser() && !run.guest().same(stands)) {
          state.setGuest(stands);
        }
      }
      case "paused" -> {
        if (!run.guest().pausedByUser()) {
          state.setGuest(GuestState.PAUSED, null, null);
        }
      }
      default -> {
        if (now.running() && shown != GuestState.STOPPING) {
          state.setGuest(GuestState.RUNNING, null, null);
        }
      }
    }
    obstacles(monitor);
  }

  /** Looks for obstacles. */
  void obstacles(Monitor monitor) throws QmpException, InterruptedException {
    next = Deadline.in(INTERVAL);
    state.lookedAt();
    RunRecord run = Objects.requireNonNull(state.run());
    state.setBlockers(
        Preflight.ofSource(
            monitor.qmp(), Objects.requireNonNull(run.machine()), run.guest().pausedByUser()));
  }

  /** Looks for obstacles if it is time, or something has changed. */
  void whenDue() throws InterruptedException {
    Monitor monitor = state.monitor();
    RunRecord run = state.run();
    RunRecord.VmmRecord vmm = run == null ? null : run.vmm();
    if (monitor == null || monitor.closed() || run == null || vmm == null) {
      return;
    }
    if (!vmm.resumed() || run.guest().ended()) {
      return;
    }
    if (!next.isPassed() && !state.isChanged()) {
      return;
    }
    try {
      obstacles(monitor);
    } catch (QmpException e) {
      List<Obstacle> now = new ArrayList<>(state.blockers());
      now.removeIf(one -> one.reason().equals(Reason.VMM_UNRESPONSIVE.value()));
      now.addFirst(
          new Obstacle(
              Reason.VMM_UNRESPONSIVE.value(),
              "The running QEMU does not answer: " + e.getMessage()));
      state.setBlockers(now);
    }
  }
}
