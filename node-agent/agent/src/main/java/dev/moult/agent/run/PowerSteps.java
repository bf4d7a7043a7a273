package dev.moult.agent.run;

import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.FilesystemFreeze;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The buttons of a guest: let it run, pause, go on, reset, power down. */
final class PowerSteps {
  private static final Duration RESET = Duration.ofSeconds(5);

  private final NodeContext node;
  private final VmState state;
  private final Inspection inspection;
  private final GuestWatch guests;

  PowerSteps(NodeContext node, VmState state, Inspection inspection, GuestWatch guests) {
    this.node = node;
    this.state = state;
    this.inspection = inspection;
    this.guests = guests;
  }

  /** The first {@code cont} of a run, unless the guest is to start paused. */
  void resume() throws IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    RunRecord.VmmRecord vmm = Objects.requireNonNull(run.vmm());
    FrozenMachine machine = Objects.requireNonNull(run.machine());
    Monitor monitor = Objects.requireNonNull(state.monitor());
    if (machine.cpu().model().equals("host")) {
      state.save(
          run.withMachine(machine.withCpu(CpuModels.freezeHost(monitor.qmp(), machine.cpu()))));
    }
    Scene.Wish wish = state.wish();
    if (wish != null && wish.paused()) {
      state.setGuest(GuestRecord.pausedByUser(node.clock().millis()));
    } else {
      monitor.qmp().cont();
      // A start is what a reset asks for, and more; what was asked of a guest before is over.
      state.save(
          Objects.requireNonNull(state.run())
              .withVmm(vmm.running())
              .withResetServed(wish == null ? null : wish.resetAt())
              .withFreeze(freezeOfTheGuestBefore()));
      state.setGuest(GuestState.RUNNING, null, null);
    }
    inspection.obstacles(monitor);
  }

  private @Nullable FreezeRecord freezeOfTheGuestBefore() {
    VirtualMachine vm = state.vm();
    FilesystemFreeze asked = vm == null ? null : vm.getSpec().filesystemFreeze();
    return asked == null
        ? null
        : FreezeRecord.over(
            asked.requestedAt(),
            FilesystemFreezeState.THAWED,
            node.clock().millis(),
            "The guest was started after it had been asked for.");
  }

  /** It is in the journal before it is done: a successor finds no guest that stands unexplained. */
  void pause() throws QmpException, InterruptedException {
    GuestRecord before = Objects.requireNonNull(state.run()).guest();
    state.setGuest(GuestRecord.pausedByUser(node.clock().millis()));
    boolean done = false;
    try {
      qmp().stop();
      done = true;
    } finally {
      if (!done) {
        state.setGuest(before);
      }
    }
  }

  void goOn() throws QmpException, InterruptedException {
    long stood = node.clock().millis() - Objects.requireNonNull(state.run()).guest().sinceMillis();
    qmp().cont();
    state.setGuest(GuestState.RUNNING, null, null);
    guests.stoodStill(Duration.ofMillis(stood));
  }

  /**
   * Resets the guest. A guest that its owner had paused stands at its firmware's first instruction
   * then; one that a fault had stopped goes on.
   */
  void reset(Instant requestedAt) throws QmpException, InterruptedException {
    QmpClient qmp = qmp();
    QmpEvents.Cursor events = qmp.events().fromNow();
    qmp.systemReset();
    // Done, whatever comes now: it is not to be done again.
    state.setResetServed(requestedAt);
    VirtualMachine vm = state.vm();
    if (vm != null) {
      node.teller().reset(vm, requestedAt);
    }
    var unused = events.await("RESET", RESET);
    RunRecord run = Objects.requireNonNull(state.run());
    if (run.guest().state() == GuestState.PAUSED && !run.guest().pausedByUser()) {
      qmp.cont();
      state.setGuest(GuestState.RUNNING, null, null);
    }
  }

  void powerDown() throws QmpException, InterruptedException {
    qmp().systemPowerdown();
    state.setPowerdownSent();
    state.setGuest(GuestState.STOPPING, Reason.GUEST_STOPPING.value(), null);
  }

  private QmpClient qmp() {
    return Objects.requireNonNull(state.monitor()).qmp();
  }
}
