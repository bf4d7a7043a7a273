package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.MachineRefusedException;
import dev.moult.qemu.machine.MachineTypes;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How QEMUs are launched outside of handoffs, and how pods' processes are ended. */
final class StartSteps {
  private static final Duration KILL = Duration.ofSeconds(30);

  private final NodeContext node;
  private final VmState state;

  StartSteps(NodeContext node, VmState state) {
    this.node = node;
    this.state = state;
  }

  /** The first QEMU of a run: the hardware is frozen for it. */
  void start(PodState pod) throws BrokerException, IOException, InterruptedException {
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
    Optional<String> foreign = foreignRam(frozen.machine());
    if (foreign.isPresent()) { // the spec was changed since
      refuse(pod, Reason.MEMORY_ALLOCATION_FAILED, foreign.get());
      return;
    }
    Launch launch = Launch.vmm(frozen.machine(), new dev.moult.qemu.machine.Role.Start());
    if (!launch.fits()) {
      refuse(pod, Reason.LAUNCHER_FAILED, "The VM has more disks than one plan for QEMU holds.");
      return;
    }
    state.save(run.withMachine(frozen.machine()).withVmm(launched(pod, launch)));
    state.setGuest(GuestState.STARTING, null, null);
    sendOrRefuse(pod, launch);
  }

  /** A QEMU has died under its guest: another starts it anew, with the same hardware. */
  void startAgain(PodState pod) throws BrokerException, IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    FrozenMachine machine = Objects.requireNonNull(run.machine());
    try {
      checkType(pod, machine);
    } catch (StartRefusedException e) {
      refuse(pod, e.reason(), Objects.requireNonNullElse(e.getMessage(), e.reason().description()));
      return;
    }
    Launch launch = Launch.vmmAfterCrash(machine);
    state.beginAgain();
    state.save(run.withVmm(launched(pod, launch)));
    state.setGuest(GuestState.STARTING, null, null);
    sendOrRefuse(pod, launch);
  }

  /**
   * That the image of a pod has a QEMU which knows the type of a frozen machine.
   *
   * @throws StartRefusedException when it has none, or one that does not
   */
  void checkType(PodState pod, FrozenMachine machine) throws StartRefusedException {
    try {
      var unused =
          MachineTypes.resolve(
              machine.machineType(),
              MachinePlan.probe(Objects.requireNonNull(pod.hello()).probe()));
    } catch (MachineRefusedException e) {
      throw new StartRefusedException(Reason.MACHINE_TYPE_UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  /** What is wrong with the RAM that the anchor holds, for that machine; empty when nothing is. */
  Optional<String> foreignRam(FrozenMachine machine) throws BrokerException, InterruptedException {
    String anchor = Objects.requireNonNull(state.run()).anchorPodUid();
    return GuestRam.foreign(machine, node.broker().ask(new Request.Facts(anchor)).now());
  }

  /** The QEMU of that pod, before its guest runs. */
  static RunRecord.VmmRecord launched(PodState pod, Launch launch) {
    return new RunRecord.VmmRecord(
        pod.uid(), Objects.requireNonNull(pod.view()).name(), "", launch.plan().argv(), false);
  }

  private void sendOrRefuse(PodState pod, Launch launch)
      throws BrokerException, IOException, InterruptedException {
    try {
      send(pod, launch);
    } catch (BrokerException.Refused e) {
      refuse(pod, Reason.LAUNCHER_FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** Sends a VMM pod its plan; what comes of it is heard. */
  void send(PodState pod, Launch launch) throws BrokerException, IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    FrozenMachine machine = Objects.requireNonNull(run.machine());
    try (QemuSockets sockets = QemuSockets.bind(state.journal(), pod.uid(), machine)) {
      pod.planned();
      var unused =
          node.broker()
              .ask(
                  new Request.SendPlan(
                      pod.uid(), run.anchorPodUid(), launch.plan(), launch.sources()),
                  sockets.descriptors(),
                  Broker.ORDINARY);
    }
  }

  /** The guest cannot be started from that pod: said, and the pod's launcher is let go. */
  private void refuse(PodState pod, Reason reason, String message)
      throws BrokerException, InterruptedException {
    state.setGuest(GuestState.FAILED, reason.value(), message);
    kill(pod);
  }

  /** Kills a pod's process and waits for the proof. */
  void kill(PodState pod) throws BrokerException, InterruptedException {
    var unused = node.broker().ask(new Request.Kill(pod.uid()), List.of(), KILL);
    pod.dead();
  }
}
