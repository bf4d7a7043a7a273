package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Event;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Does one step for a VM. Each step may be repeated; what it began is in the journal before it. */
final class VmSteps implements AutoCloseable {
  private static final Duration GREETING = Duration.ofSeconds(30);

  /** A monitor that ended is not dialled again before that. */
  private static final Duration DIAL_AGAIN = Duration.ofSeconds(1);

  private final NodeContext node;
  private final VmState state;
  private final VmWorker.Signals signals;
  private final AnchorSteps anchors;
  private final StartSteps starts;
  private final AsideSteps aside;
  private final UpdateSteps updates;
  private final PowerSteps power;
  private final Inspection inspection;
  private final DiskTrouble trouble;
  private final GuestWatch guests;
  private final ScreenWatch screen;
  private @Nullable String dialledPod;
  private long dialledNanos;

  VmSteps(NodeContext node, VmState state, VmWorker.Signals signals) {
    this.node = node;
    this.state = state;
    this.signals = signals;
    this.anchors = new AnchorSteps(node, state);
    this.inspection = new Inspection(state);
    this.trouble = new DiskTrouble(state);
    this.guests = new GuestWatch(state, node.clock(), signals::post);
    this.power = new PowerSteps(node, state, inspection, guests);
    this.screen = new ScreenWatch(state, node.broker(), signals::post);
    this.starts = new StartSteps(node, state);
    this.aside = new AsideSteps(node, state, starts, inspection, guests);
    this.updates = new UpdateSteps(node, state, signals, inspection, guests);
  }

  void perform(Step step) throws BrokerException, IOException, InterruptedException {
    switch (step) {
      case Step.Expect expect -> expect(state.pod(expect.podUid()));
      case Step.Forget forget -> forget(forget.podUid());
      case Step.PlanAnchor plan -> anchors.plan(state.pod(plan.podUid()));
      case Step.AskAnchor ask -> anchors.ask(state.pod(ask.podUid()));
      case Step.AdoptAnchor adopt -> anchors.adopt(state.pod(adopt.podUid()), adopt.vmmPodUid());
      case Step.StartVmm start -> starts.start(state.pod(start.podUid()));
      case Step.StartAgain again -> starts.startAgain(state.pod(again.podUid()));
      case Step.Suspend suspend -> aside.suspend();
      case Step.KeepRunning keep -> aside.keepRunning();
      case Step.PutAside putAside -> aside.putAside();
      case Step.TakeUp takeUp -> aside.takeUp(state.pod(takeUp.podUid()));
      case Step.Load load -> aside.load();
      case Step.GoOnTakenUp goOn -> aside.goOn();
      case Step.LeaveAside leave -> aside.leave();
      case Step.LoseAside lose -> aside.lose();
      case Step.ForgetSuspend forget -> aside.forgetFailure();
      case Step.Dial dial -> dial();
      case Step.Resume resume -> power.resume();
      case Step.Pause pause -> power.pause();
      case Step.GoOn goOn -> power.goOn();
      case Step.Reset reset -> power.reset(reset.requestedAt());
      case Step.PowerDown powerDown -> power.powerDown();
      case Step.AskAgent ask -> {
        state.setAgentAsked();
        guests.shutdown();
      }
      case Step.Kill kill -> kill(state.pod(kill.podUid()));
      case Step.RecordExit exit -> recordExit();
      case Step.Settle settle -> updates.settle();
      case Step.Conduct conduct ->
          updates.conduct(conduct.updateUid(), state.pod(conduct.podUid()));
      case Step.GiveUp giveUp -> updates.giveUp(giveUp.updateUid(), giveUp.why());
      case Step.TidyUp tidyUp -> anchors.tidyUp();
      case Step.CleanUp cleanUp -> {
        state.journal().forget();
        state.clear();
      }
      case Step.Rest rest -> {}
    }
  }

  /**
   * Looks after disks, for what would keep the guest from being updated, through its guest agent,
   * and for who wants to see its screen, if it is time.
   */
  void inspect() throws InterruptedException {
    if (state.isUnsettled()) {
      return; // its QEMU may be frozen, and would not answer: that is settled first
    }
    trouble.whenDue();
    inspection.whenDue();
    guests.whenDue();
    screen.whenDue();
  }

  /** Tells the result of an update that is not told yet. */
  void tellResult() {
    updates.tellResult();
  }

  private void expect(PodState pod) throws BrokerException, InterruptedException {
    PodView view = pod.view();
    if (view == null) {
      return;
    }
    var unused =
        node.broker()
            .ask(new Request.Expect(view.uid(), view.role(), view.vmUid(), view.unixUid()));
    pod.expected();
    // A broker that was there before us may know more of it than that it is expected.
    node.broker().ask(new Request.ListPods()).pods().stream()
        .filter(known -> known.podUid().equals(pod.uid()))
        .findFirst()
        .ifPresent(pod::apply);
  }

  private void forget(String podUid) throws BrokerException, IOException, InterruptedException {
    var unused = node.broker().ask(new Request.Forget(podUid));
    state.journal().forgetVmm(podUid);
    state.forget(podUid);
  }

  private void dial() throws IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    RunRecord.VmmRecord vmm = Objects.requireNonNull(run.vmm());
    long now = System.nanoTime();
    if (vmm.podUid().equals(dialledPod) && now - dialledNanos < DIAL_AGAIN.toNanos()) {
      // It broke the protocol or hung up: whoever does so without end is asked once in a while.
      throw new IOException("the monitor ended a moment after it was dialled");
    }
    dialledPod = vmm.podUid();
    dialledNanos = now;
    Monitor monitor;
    try {
      monitor = Monitor.connect(vmm.podUid(), state.journal().qmpSocket(vmm.podUid()), GREETING);
    } catch (QmpException.TimedOut e) {
      if (vmm.resumed()) {
        state.setGuest(
            GuestState.LOST, Reason.VMM_UNRESPONSIVE.value(), "QEMU's monitor does not answer.");
      }
      throw e;
    }
    state.setMonitor(monitor);
    state.save(run.withVmm(vmm.greeted(monitor.qmp().version().numbers())));
    if (vmm.resumed() || run.guest().pausedByUser()) {
      inspection.guest(monitor);
    }
    monitor.passOn(signals::post);
  }

  private void kill(PodState pod) throws BrokerException, IOException, InterruptedException {
    RunRecord run = state.run();
    RunRecord.VmmRecord vmm = run == null ? null : run.vmm();
    starts.kill(pod);
    if (run != null && run.anchorPodUid().equals(pod.uid()) && run.isSuspending()) {
      aside.end();
    }
    if (run != null && vmm != null && vmm.podUid().equals(pod.uid()) && !run.guest().ended()) {
      if (!vmm.resumed()) {
        state.setGuest(
            GuestState.STOPPED, Reason.POD_DELETED.value(), "It was stopped before it started.");
      } else {
        state.setGuest(
            GuestState.STOPPED,
            Reason.KILLED_AFTER_GRACE_PERIOD.value(),
            "The guest did not power down in time and was killed.");
      }
    }
  }

  private void recordExit() throws IOException {
    RunRecord run = Objects.requireNonNull(state.run());
    RunRecord.VmmRecord vmm = Objects.requireNonNull(run.vmm());
    @Nullable PodState pod = state.known(vmm.podUid()).orElse(null);
    Event.LaunchFailed failure = pod == null ? null : pod.failure();
    GuestRecord guest;
    long now = node.clock().millis();
    if (failure != null) {
      guest =
          new GuestRecord(
              GuestState.FAILED, LaunchFailure.reason(failure).value(), failure.message(), now);
    } else if (!vmm.resumed()) {
      guest =
          new GuestRecord(
              GuestState.FAILED,
              Reason.VMM_FAILED_TO_START.value(),
              "QEMU ended before its guest ran; the log of pod "
                  + vmm.podName()
                  + " has its last words.",
              now);
    } else {
      guest =
          new GuestRecord(
              GuestState.FAILED,
              Reason.VMM_EXITED.value(),
              "QEMU in pod " + vmm.podName() + " ended without a word from the guest.",
              now);
    }
    aside.crashed();
    state.setGuest(guest);
  }

  @Override
  public void close() {
    guests.hangUp();
    screen.close();
    Monitor monitor = state.monitor();
    if (monitor != null) {
      monitor.close();
    }
  }
}
