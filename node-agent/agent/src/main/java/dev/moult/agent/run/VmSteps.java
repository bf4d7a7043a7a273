package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Event;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Does one step for a VM. Each step may be repeated; what it began is in the journal before it. */
final class VmSteps implements AutoCloseable {
  private static final Duration GREETING = Duration.ofSeconds(30);
  private static final Duration KILL = Duration.ofSeconds(30);

  /** A monitor that ended is not dialled again before that. */
  private static final Duration DIAL_AGAIN = Duration.ofSeconds(1);

  private final NodeContext node;
  private final VmState state;
  private final VmWorker.Signals signals;
  private final AnchorSteps anchors;
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
    this.updates = new UpdateSteps(node, state, signals, inspection, guests);
  }

  void perform(Step step) throws BrokerException, IOException, InterruptedException {
    switch (step) {
      case Step.Expect expect -> expect(state.pod(expect.podUid()));
      case Step.Forget forget -> forget(forget.podUid());
      case Step.PlanAnchor plan -> anchors.plan(state.pod(plan.podUid()));
      case Step.AskAnchor ask -> anchors.ask(state.pod(ask.podUid()));
      case Step.AdoptAnchor adopt -> anchors.adopt(state.pod(adopt.podUid()), adopt.vmmPodUid());
      case Step.StartVmm start -> startVmm(state.pod(start.podUid()));
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

  private void startVmm(PodState pod) throws BrokerException, IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    VirtualMachine vm = Objects.requireNonNull(state.vm());
    MachinePlan.Frozen frozen;
    try {
      List<GuestLink> links =
          GuestNetwork.cards(
              node.broker(), run.anchorPodUid(), vm.getSpec(), run.vmUid(), run.podMtu());
      frozen =
          MachinePlan.freeze(
              run.name(),
              run.vmUid(),
              vm.getSpec(),
              MachinePlan.probe(Objects.requireNonNull(pod.hello()).probe()),
              node.inventory(),
              links,
              run.storage());
    } catch (StartRefusedException e) {
      refuse(pod, e.reason(), Objects.requireNonNullElse(e.getMessage(), e.reason().description()));
      return;
    } catch (BrokerException.Refused e) {
      refuse(pod, Reason.NETWORK_FAILED, String.valueOf(e.getMessage()));
      return;
    }
    Launch launch = Launch.vmm(frozen.machine(), new dev.moult.qemu.machine.Role.Start());
    if (!launch.fits()) {
      refuse(pod, Reason.LAUNCHER_FAILED, "The VM has more disks than one plan for QEMU holds.");
      return;
    }
    String podName = Objects.requireNonNull(pod.view()).name();
    state.save(
        run.withMachine(frozen.machine())
            .withVmm(new RunRecord.VmmRecord(pod.uid(), podName, "", launch.plan().argv(), false)));
    state.setGuest(GuestState.STARTING, null, null);
    try (QemuSockets sockets = QemuSockets.bind(state.journal(), pod.uid(), frozen.machine())) {
      pod.planned();
      var unused =
          node.broker()
              .ask(
                  new Request.SendPlan(
                      pod.uid(), run.anchorPodUid(), launch.plan(), launch.sources()),
                  sockets.descriptors(),
                  dev.moult.agent.broker.Broker.ORDINARY);
    } catch (BrokerException.Refused e) {
      refuse(pod, Reason.LAUNCHER_FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** The guest cannot be started from that pod: said, and the pod's launcher is let go. */
  private void refuse(PodState pod, Reason reason, String message)
      throws BrokerException, InterruptedException {
    state.setGuest(GuestState.FAILED, reason.value(), message);
    killProcess(pod);
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

  private void kill(PodState pod) throws BrokerException, InterruptedException {
    RunRecord run = state.run();
    RunRecord.VmmRecord vmm = run == null ? null : run.vmm();
    killProcess(pod);
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

  private void killProcess(PodState pod) throws BrokerException, InterruptedException {
    var unused = node.broker().ask(new Request.Kill(pod.uid()), List.of(), KILL);
    pod.dead();
  }

  private void recordExit() {
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
