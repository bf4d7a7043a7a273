package dev.moult.operator.update;

import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VmmStatus;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodProblem;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import dev.moult.operator.vm.Updates;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says what the caches mean. Pure; never acts. */
final class UpdateObserver {
  /** So long past the deadline the agent's verdict has come, if there is an agent. */
  static final Duration LAST_WORD = Duration.ofSeconds(30);

  private final UpdateSeen seen;
  private final Optional<LiveUpdateStatus> status;
  private final UpdateState state;
  private final Optional<Pod> oldPod;
  private final Optional<Pod> newPod;

  private record View(UpdateSight sight, Optional<PodProblem> why) {
    static View of(UpdateSight sight) {
      return new View(sight, Optional.empty());
    }

    static View of(UpdateSight sight, Reason reason, String message) {
      return new View(sight, Optional.of(new PodProblem(reason, message)));
    }
  }

  private UpdateObserver(UpdateSeen seen) {
    this.seen = seen;
    status = Optional.ofNullable(seen.update().getStatus());
    state = UpdateState.of(Updates.phase(seen.update()));
    oldPod = seen.pods().stream().filter(p -> Updates.beganWith(seen.update(), p)).findFirst();
    newPod = seen.pods().stream().filter(p -> Updates.madeFor(seen.update(), p)).findFirst();
  }

  /** Looks at what is seen at this moment. */
  static UpdateObservation observe(UpdateSeen seen, Instant now) {
    return new UpdateObserver(seen).observation(now);
  }

  private UpdateObservation observation(Instant now) {
    var view = state == UpdateState.PENDING ? waiting() : underWay();
    var deadline = deadline();
    return new UpdateObservation(
        view.sight(),
        view.why().or(() -> newPod.flatMap(PodProblem::of)),
        oldPod,
        newPod,
        cpuRestored(),
        cancelled(),
        deadline,
        deadline.filter(now::isAfter).isPresent(),
        deadline.map(d -> d.plus(LAST_WORD)).filter(now::isAfter).isPresent());
  }

  private View waiting() {
    var name = seen.update().getSpec().virtualMachine();
    if (seen.vm().isEmpty()) {
      return View.of(
          UpdateSight.POINTLESS,
          Reason.VIRTUAL_MACHINE_NOT_FOUND,
          "there is no VirtualMachine " + name + " in this namespace");
    }
    if (seen.another()) {
      return View.of(
          UpdateSight.QUEUED, Reason.WAITING, "another LiveUpdate of " + name + " goes first");
    }
    var vm = seen.vm().get();
    if (Updates.toStop(vm) || !runs(vm.getStatus())) {
      return View.of(
          UpdateSight.POINTLESS,
          Reason.VIRTUAL_MACHINE_NOT_RUNNING,
          name + " does not run; its next start uses the spec");
    }
    var desired = VmmPods.desiredImage(vm, seen.images());
    var image =
        Optional.ofNullable(vm.getStatus()).map(VirtualMachineStatus::vmm).map(VmmStatus::image);
    if (image.equals(Optional.of(desired)) && !seen.update().getSpec().force()) {
      return View.of(
          UpdateSight.POINTLESS,
          Reason.NOTHING_TO_DO,
          name + " runs " + desired + " already; force: true replaces the VMM all the same");
    }
    return View.of(UpdateSight.CLEAR);
  }

  private static boolean runs(@Nullable VirtualMachineStatus status) {
    return status != null
        && (status.phase() == VirtualMachinePhase.RUNNING
            || status.phase() == VirtualMachinePhase.UPDATING)
        && status.vmm() != null
        && status.vmm().pod() != null
        && status.nodeName() != null;
  }

  private View underWay() {
    var verdict = Updates.verdict(seen.update());
    return verdict.isEmpty()
        ? undecided()
        : View.of(
            switch (verdict.get()) {
              case COMMIT -> committed();
              case ROLL_BACK -> UpdateSight.ROLL_BACK;
              case REFUSED -> UpdateSight.REFUSE;
              case FAILED -> UpdateSight.FAIL;
            });
  }

  private UpdateSight committed() {
    if (stoppedInOrder()) {
      return oldPod.isEmpty() ? UpdateSight.SETTLED : UpdateSight.COMMIT;
    }
    if (newPod.isEmpty() || PodFacts.ended(newPod.get()) || seen.node().outOfService()) {
      return UpdateSight.LOST_AFTER_COMMIT;
    }
    return cpuRestored() && oldPod.isEmpty() && vmFollowed()
        ? UpdateSight.SETTLED
        : UpdateSight.COMMIT;
  }

  /**
   * Whether the guest's end after the commit is its own or was asked for: then nothing was lost.
   */
  private boolean stoppedInOrder() {
    return seen.vm().map(Updates::toStop).orElse(true)
        || seen.guestStopped()
        // Deleted by somebody: the kubelet may tell of its end before the agent tells why.
        || newPod.filter(PodFacts::endedOnRequest).isPresent();
  }

  /** Whether the virtual machine's status names the new pod: the next update starts from it. */
  private boolean vmFollowed() {
    return seen.vm()
        .map(VirtualMachine::getStatus)
        .map(VirtualMachineStatus::vmm)
        .map(VmmStatus::pod)
        .equals(status.map(LiveUpdateStatus::to).map(UpdateSide::pod));
  }

  private View undecided() {
    if (seen.trouble().isPresent()) {
      var trouble = seen.trouble().get();
      return View.of(UpdateSight.NEW_FORBIDDEN, trouble.reason(), trouble.message());
    }
    if (seen.node().outOfService()) {
      return View.of(
          UpdateSight.FAIL, Reason.NODE_OUT_OF_SERVICE, "the node went out of service meanwhile");
    }
    if (newPod.isEmpty()) {
      return View.of(state == UpdateState.PREPARING ? UpdateSight.NEW_MISSING : dead());
    }
    var pod = newPod.get();
    if (PodFacts.ended(pod)) {
      return View.of(PodFacts.everRan(pod) ? dead() : UpdateSight.NEW_FORBIDDEN);
    }
    if (checked()) {
      return View.of(UpdateSight.CHECKED);
    }
    if (PodFacts.everRan(pod) || mayBeHandedOver()) {
      return View.of(UpdateSight.NEW_RUNS);
    }
    var nothingInIt = PodFacts.node(pod).isEmpty() || endedInOld();
    return View.of(nothingInIt ? UpdateSight.NEW_WAITS : UpdateSight.NEW_STARTS);
  }

  private UpdateSight dead() {
    return oldIsDead() ? UpdateSight.BOTH_DEAD : UpdateSight.NEW_DEAD;
  }

  /**
   * The old QEMU is dead, and its agent does not say that the guest died with it: then the guest
   * may be in the new one, whatever the kubelet has told of that pod so far. After an outage of the
   * API server it tells of one pod after the other.
   */
  private boolean mayBeHandedOver() {
    return oldIsDead() && !agentToldTheEnd();
  }

  private boolean endedInOld() {
    return oldIsDead() && agentToldTheEnd();
  }

  private boolean agentToldTheEnd() {
    return seen.guestIn(LiveUpdateStatus::from).filter(GuestState::isEnd).isPresent();
  }

  private boolean oldIsDead() {
    return oldPod.isEmpty() || PodFacts.ended(oldPod.get());
  }

  private boolean checked() {
    return status
        .flatMap(s -> Conditions.find(s.conditions(), ConditionType.CHECKED))
        .filter(c -> c.status() == ConditionStatus.TRUE)
        .isPresent();
  }

  /** While the new pod holds nothing, the guest's end or a stop ends the update. */
  private boolean cancelled() {
    var deleted = seen.update().getMetadata().getDeletionTimestamp() != null;
    return deleted
        || seen.vm().map(Updates::toStop).orElse(true)
        || (state == UpdateState.PREPARING && endedInOld());
  }

  private boolean cpuRestored() {
    var wished = seen.vm().map(VmmPods::cpuRequest);
    return wished.isPresent()
        && newPod.flatMap(PodFacts::cpuWished).filter(c -> enough(c, wished.get())).isPresent()
        && newPod.flatMap(PodFacts::cpuGiven).map(c -> enough(c, wished.get())).orElse(true);
  }

  static boolean enough(Quantity given, Quantity wished) {
    return given.getNumericalAmount().compareTo(wished.getNumericalAmount()) >= 0;
  }

  private Optional<Instant> deadline() {
    return switch (state) {
      case PENDING ->
          PodFacts.time(seen.update().getMetadata().getCreationTimestamp())
              .flatMap(at -> state.deadline().map(at::plus));
      case PREPARING, CHECKING, TRANSFERRING ->
          status
              .map(LiveUpdateStatus::startedAt)
              .map(at -> at.plus(HumanDuration.parse(seen.update().getSpec().timeout())));
      case COMMITTING ->
          status
              .map(LiveUpdateStatus::handoff)
              .map(handoff -> handoff.at())
              .flatMap(at -> state.deadline().map(at::plus));
      case COMPLETED, ROLLED_BACK, REFUSED, FAILED -> Optional.empty();
    };
  }
}
