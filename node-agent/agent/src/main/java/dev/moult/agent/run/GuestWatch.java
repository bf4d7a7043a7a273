package dev.moult.agent.run;

import dev.moult.agent.guest.GuestLine;
import dev.moult.agent.guest.GuestSchedule;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks through the guest agent of the QEMU in charge, when there is one and its turn has come,
 * never during a handoff. Each look is a thread of its own, that ends; its result is a signal. The
 * line is a look's, a probe's or a freeze's, never two's; while file systems are frozen it is the
 * latter's alone.
 */
final class GuestWatch {
  /** After a longer pause the guest's clock is behind by what people notice. */
  private static final Duration LONG_PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(GuestWatch.class);

  private final VmState state;
  private final Clock clock;
  private final Consumer<VmSignal> mailbox;
  private final GuestSchedule schedule = new GuestSchedule(System::nanoTime, new Random());
  private final ProbeWatch probes;
  private final FreezeWatch freezes;
  private @Nullable Monitor watched;
  private @Nullable GuestLine line;
  private boolean looking;
  private boolean clockBehind;

  GuestWatch(VmState state, Clock clock, Consumer<VmSignal> mailbox) {
    this.state = state;
    this.clock = clock;
    this.mailbox = mailbox;
    Runnable wake = () -> mailbox.accept(new VmSignal.Wake());
    this.probes = new ProbeWatch(state, clock, wake);
    this.freezes = new FreezeWatch(state, clock, wake);
  }

  /** Takes in what was heard, and looks if it is time. */
  void whenDue() throws InterruptedException {
    state.nothingToAsk();
    boolean reset = state.guestPort().takeReset();
    freezes.takeIn(reset);
    probes.takeIn(reset);
    RunRecord run = state.run();
    Monitor monitor = state.monitor();
    if (run == null
        || !run.has(Extra.GUEST_AGENT)
        || run.vmm() == null
        || !run.vmm().resumed()
        || run.guest().ended()
        || monitor == null
        || monitor.closed()) {
      hangUp();
      return;
    }
    if (monitor != watched) {
      begin(monitor);
    }
    state.guestPort().take().ifPresent(this::changed);
    takeResult();
    if (schedule.isAway()) {
      state.setGuestView(GuestView.closed());
    }
    if (isFree()) {
      freezes.ask(line, schedule);
    }
    if (freezes.holds()) {
      return;
    }
    if (isFree() && schedule.isDue() && run.guest().state() == GuestState.RUNNING) {
      look();
    }
    if (isFree()) {
      probes.ask(line, schedule);
    }
  }

  private void changed(boolean open) {
    schedule.changed(open);
    freezes.opened();
  }

  private boolean isFree() {
    return !looking && !probes.isAsking() && !freezes.isAsking();
  }

  private void begin(Monitor monitor) throws InterruptedException {
    hangUp();
    var unused = state.guestPort().take(); // of a QEMU before
    try {
      line =
          new GuestLine(
              state.journal().guestAgentSocket(monitor.podUid()), state.journal().vmUid(), clock);
      schedule.begin(monitor.qmp().isFrontendOpen(CommandLine.GUEST_AGENT));
    } catch (QmpException e) {
      LOG.warnf("whether a guest agent runs is not known: %s", e.getMessage());
      schedule.begin(false); // what changes is heard
    } catch (IOException e) {
      LOG.warnf(e, "no line to the guest agent vm=%s", state.journal().vmUid());
      return;
    }
    watched = monitor;
  }

  private void look() {
    GuestLine now = line;
    if (now == null) {
      return;
    }
    looking = true;
    boolean setTime = clockBehind;
    GuestTalk.start(
        "guest-agent-",
        state,
        () -> mailbox.accept(new VmSignal.GuestLooked(now, now.look(setTime))));
  }

  private void takeResult() {
    VmSignal.GuestLooked result = state.guestPort().takeLooked();
    if (result == null || result.line() != line) {
      return; // about a QEMU before
    }
    looking = false;
    if (result.view() instanceof GuestView.Present) {
      schedule.answered();
      clockBehind = false;
    } else {
      schedule.failed();
    }
    state.setGuestView(result.view());
  }

  /** The guest stood still for that time, and runs again. */
  void stoodStill(Duration pause) {
    if (pause.compareTo(LONG_PAUSE) > 0) {
      clockBehind = true;
      schedule.soon();
    }
  }

  /** Asks the guest agent to power the guest down; whether it does shows. */
  void shutdown() throws InterruptedException {
    Monitor monitor = state.monitor();
    if (monitor == null || monitor.closed()) {
      return;
    }
    begin(monitor); // whoever talks to it at this moment is cut off
    GuestLine now = line;
    if (now != null && schedule.isOpen()) {
      boolean frozen = freezes.holds();
      GuestTalk.start("guest-shutdown-", state, () -> now.shutdown(frozen));
    }
  }

  /** A handoff begins, or the agent ends: nothing is asked, and what was told stands. */
  void hangUp() {
    GuestLine held = line;
    if (held != null) {
      held.close();
    }
    line = null;
    watched = null;
    looking = false;
    probes.cut();
    freezes.cut();
  }
}
