package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.qmp.QmpException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Lets people see the screen of a guest that has one: each connection to its anchor's port goes to
 * the QEMU in charge, which then speaks VNC with it alone. Never during a handoff: who comes then
 * waits, and is given to the QEMU that runs the guest afterwards.
 */
final class ScreenWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ScreenWatch.class);

  /** Of one guest, at once: each costs QEMU a copy of the screen and its time. */
  private static final int MOST_VIEWERS = 4;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(30);

  private final VmState state;
  private final Broker broker;
  private final Consumer<VmSignal> mailbox;
  private @Nullable ScreenDoor door;
  private @Nullable String anchor;
  private Deadline notBefore = Deadline.now();

  ScreenWatch(VmState state, Broker broker, Consumer<VmSignal> mailbox) {
    this.state = state;
    this.broker = broker;
    this.mailbox = mailbox;
  }

  /** Opens and closes the door, and lets in who waits there. */
  void whenDue() throws InterruptedException {
    RunRecord run = state.run();
    if (run == null || !hasScreen(run)) {
      close();
      return;
    }
    if (!run.anchorPodUid().equals(anchor)) {
      close();
    }
    Monitor monitor = state.monitor();
    if (monitor == null || monitor.closed()) {
      return;
    }
    if (door == null) {
      open(run);
    }
    ScreenDoor now = door;
    if (now != null && state.isKnocked()) {
      state.knockHeard();
      try {
        admit(now, monitor);
      } finally {
        now.again();
      }
    }
  }

  private static boolean hasScreen(RunRecord run) {
    RunRecord.VmmRecord vmm = run.vmm();
    return vmm != null
        && vmm.resumed()
        && CommandLine.servesScreen(vmm.argv())
        && !run.guest().ended();
  }

  private void open(RunRecord run) throws InterruptedException {
    if (!notBefore.isPassed()) {
      return;
    }
    notBefore = Deadline.in(ASK_AGAIN);
    String anchorUid = run.anchorPodUid();
    var request = new dev.moult.wire.Request.ListenScreen(anchorUid, ApiNames.SCREEN_PORT);
    try {
      Fd listening = broker.askForDescriptor(request, Broker.ORDINARY);
      state.knockHeard(); // at a door that was there before
      door =
          new ScreenDoor(
              state.journal().vmUid().substring(0, 8),
              listening,
              () -> mailbox.accept(new VmSignal.Knocked()));
      anchor = anchorUid;
    } catch (BrokerException | LinuxException e) {
      LOG.warnf("nobody can see the screen of vm=%s: %s", state.journal().vmUid(), e.getMessage());
    }
  }

  private void admit(ScreenDoor at, Monitor monitor) throws InterruptedException {
    try {
      Optional<Fd> caller = at.admit();
      if (caller.isEmpty()) {
        return;
      }
      try (Fd viewer = caller.get()) {
        int viewers = monitor.qmp().viewers();
        if (viewers >= MOST_VIEWERS) {
          LOG.infof("%d see the screen already vm=%s", viewers, state.journal().vmUid());
          return;
        }
        monitor.qmp().addViewer(viewer);
        LOG.infof("somebody sees the screen vm=%s", state.journal().vmUid());
      }
    } catch (LinuxException | QmpException e) {
      LOG.warnf("not let to the screen vm=%s: %s", state.journal().vmUid(), e.getMessage());
    }
  }

  @Override
  public void close() {
    ScreenDoor open = door;
    door = null;
    anchor = null;
    if (open != null) {
      open.close();
      notBefore = Deadline.now();
    }
  }
}
