package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.AgentProbes;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.watch.PodView;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.linux.Fd;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import java.util.List;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What an anchor is told: to make a new run's RAM and park everything, or to park it again. */
final class AnchorSteps {
  private static final Logger LOG = Logger.getLogger(AnchorSteps.class);

  private final NodeContext node;
  private final VmState state;

  AnchorSteps(NodeContext node, VmState state) {
    this.node = node;
    this.state = state;
  }

  /** A new run begins. */
  void plan(PodState anchor) throws BrokerException, InterruptedException {
    VirtualMachine vm = Objects.requireNonNull(state.vm());
    boolean lost = isSuspended(vm, anchor.uid()) && state.run() == null;
    begin(vm, anchor.uid());
    if (lost) {
      fail(
          anchor,
          Reason.SUSPENDED_STATE_LOST,
          "The node was started anew while the guest was suspended, and its memory is gone.");
      return;
    }
    PodView view = anchor.view();
    StoragePlan storage =
        StoragePlan.of(
            vm.getMetadata().getName(),
            vm.getMetadata().getUid(),
            vm.getSpec(),
            view == null ? PodVolumes.none() : view.volumes());
    // Before it is sent: what the anchor finds is laid to this.
    state.save(
        Objects.requireNonNull(state.run())
            .withStorage(storage.storage().isNothing() ? null : storage.storage()));
    int mtu;
    try {
      mtu = GuestNetwork.make(node.broker(), anchor.uid(), vm.getSpec());
    } catch (BrokerException.Refused e) {
      fail(anchor, Reason.NETWORK_FAILED, String.valueOf(e.getMessage()));
      return;
    }
    try {
      send(anchor, Launch.anchor(vm.getSpec(), storage.operations()));
      state.save(Objects.requireNonNull(state.run()).withAnchorPlanned(mtu));
      state.setGuest(GuestState.STARTING, null, null);
    } catch (BrokerException.Refused e) {
      fail(anchor, Reason.LAUNCHER_FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** What the API server knows of a run whose journal died with the node. */
  private static boolean isSuspended(VirtualMachine vm, String runId) {
    VirtualMachineStatus status = vm.getStatus();
    GuestStatus guest = status == null ? null : status.guest();
    return guest != null && runId.equals(guest.runID()) && guest.state() == GuestState.SUSPENDED;
  }

  private void begin(VirtualMachine vm, String anchorUid) {
    RunRecord known = state.run();
    if (known != null && known.anchorPodUid().equals(anchorUid)) {
      return;
    }
    Long generation = vm.getMetadata().getGeneration();
    RunRecord run =
        new RunRecord(
            vm.getMetadata().getNamespace(),
            vm.getMetadata().getName(),
            vm.getMetadata().getUid(),
            anchorUid,
            generation == null ? 0 : generation,
            anchorUid,
            false,
            0,
            0,
            null,
            null,
            new GuestRecord(GuestState.STARTING, null, null, node.clock().millis()));
    state.begin(run.withProbes(AgentProbes.of(vm.getSpec())));
  }

  /** Its container is started again by the kubelet, and asks again. */
  private void fail(PodState anchor, Reason reason, String message)
      throws BrokerException, InterruptedException {
    state.setGuest(GuestState.FAILED, reason.value(), message);
    var unused = node.broker().ask(new Request.Kill(anchor.uid()));
    anchor.dead();
  }

  /**
   * It has its plan, and nobody heard what became of it: the broker knows what is parked. What it
   * does not know, the anchor finds out again when its container is started again.
   */
  void ask(PodState anchor) throws BrokerException, InterruptedException {
    Answer.SlotsSeen seen = node.broker().ask(new Request.Facts(anchor.uid()));
    RunRecord run = Objects.requireNonNull(state.run());
    if (!run.anchorPlanned() || !state.parked(seen.recorded(), seen.images())) {
      state.save(run.withAnchorUnplanned());
      var unused = node.broker().ask(new Request.Kill(anchor.uid()));
      anchor.dead();
    }
  }

  /** Its container died under a running guest: it gets back what the live QEMU holds. */
  void adopt(PodState anchor, String vmmPodUid) throws BrokerException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    send(anchor, Launch.adoption(Objects.requireNonNull(run.machine()), run.storage(), vmmPodUid));
  }

  /**
   * A handoff that ended while the anchor was dead could not remove what it had made there, and
   * QEMU has the terminal that died with the anchor.
   */
  void tidyUp() throws BrokerException, InterruptedException {
    String anchor = Objects.requireNonNull(state.run()).anchorPodUid();
    try {
      var unused = node.broker().ask(new Request.WatchTap(anchor, false, true));
      var unusedToo = node.broker().ask(new Request.Sweep(anchor));
    } catch (BrokerException.Refused e) {
      LOG.warnf("not tidied up, the next update does it anchor=%s: %s", anchor, e.getMessage());
    }
    reconnectConsole(anchor);
    state.tidied();
  }

  /**
   * An anchor whose container was started again has a new terminal; the running QEMU has the old
   * one, at which nobody listens any more.
   */
  private void reconnectConsole(String anchor) throws BrokerException, InterruptedException {
    RunRecord.VmmRecord vmm = Objects.requireNonNull(state.run()).vmm();
    Monitor monitor = state.monitor();
    if (vmm == null || monitor == null) {
      return;
    }
    try {
      SlotFacts now = terminal(anchor);
      if (now == null || now.equals(terminal(vmm.podUid()))) {
        return;
      }
      try (Fd terminal =
          node.broker().askForDescriptor(new Request.Terminal(anchor), Broker.ORDINARY)) {
        monitor
            .qmp()
            .changeTerminal(CommandLine.CONSOLE, terminal, now.device() + " " + now.inode());
      }
    } catch (BrokerException.Refused | QmpException e) {
      LOG.warnf("the console is mute until the next update anchor=%s: %s", anchor, e.getMessage());
    }
  }

  private @Nullable SlotFacts terminal(String podUid) throws BrokerException, InterruptedException {
    return node.broker().ask(new Request.Facts(podUid)).recorded().stream()
        .filter(fact -> fact.slot() == Slots.TTY)
        .findFirst()
        .orElse(null);
  }

  private void send(PodState anchor, Launch launch) throws BrokerException, InterruptedException {
    anchor.planned();
    var unused =
        node.broker()
            .ask(
                new Request.SendPlan(anchor.uid(), anchor.uid(), launch.plan(), launch.sources()),
                List.of(),
                Broker.ORDINARY);
  }
}
