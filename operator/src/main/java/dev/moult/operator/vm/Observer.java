package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.TerminationStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VmmStatus;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodNames;
import dev.moult.operator.pod.PodProblem;
import dev.moult.operator.pod.ProbeReport;
import dev.moult.operator.pod.RunSpec;
import dev.moult.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Says what the caches mean. Pure; never acts. */
final class Observer {
  private final Seen seen;
  private final Optional<VirtualMachineStatus> status;
  private final VmState state;
  private final Optional<Pod> anchor;
  private final List<Pod> vmms;
  private final Optional<GuestStatus> guest;
  private final ProbeReport probes;
  private final Optional<LiveUpdate> inFlight;
  private final Optional<LiveUpdate> committed;
  private final String chargeName;
  private final Optional<Pod> charge;

  private Observer(Seen seen) {
    this.seen = seen;
    status = Optional.ofNullable(seen.vm().getStatus());
    state = VmState.of(status.map(VirtualMachineStatus::phase).orElse(null));
    anchor = ofRole(ApiNames.ROLE_ANCHOR).findFirst();
    vmms = ofRole(ApiNames.ROLE_VMM).sorted(Comparator.comparing(PodFacts::revision)).toList();
    guest =
        status
            .map(VirtualMachineStatus::guest)
            .filter(g -> runId().isPresent() && runId().equals(Optional.ofNullable(g.runID())));
    probes = anchor.map(ProbeReport::of).orElse(ProbeReport.NO_PROBES);
    inFlight = seen.updates().stream().filter(Updates::underWay).findFirst();
    committed =
        Updates.committedFrom(seen.updates(), runId().orElse(null), recordedCharge().orElse(null));
    chargeName = chargeName();
    charge = vmms.stream().filter(p -> p.getMetadata().getName().equals(chargeName)).findFirst();
  }

  /** Looks at what is seen at this moment. */
  static Observation observe(Seen seen, Instant now) {
    return new Observer(seen).observation(now);
  }

  private Observation observation(Instant now) {
    var sight = sight();
    var problem = problem();
    var deadline = deadline();
    var expired =
        deadline.filter(now::isAfter).isPresent()
            && (state != VmState.STARTING || problem.isEmpty());
    return new Observation(
        sight,
        anchor,
        vmms,
        chargeName,
        charge,
        guest,
        probes,
        inFlight,
        committed,
        sight == Sight.ENDED || sight == Sight.CRASHED || sight == Sight.BARE
            ? Optional.of(ending())
            : Optional.empty(),
        problem,
        nodeLost(),
        deadline,
        expired,
        Restart.of(seen.vm(), anchor, begun(sight, expired)));
  }

  /** Whether this run's guest has run, or will not. */
  private boolean begun(Sight sight, boolean expired) {
    return switch (sight) {
      case RUNNING, HANDOFF, SUSPENDED, CRASHED, ENDED -> true;
      case PLACED ->
          Endings.living(state) && state != VmState.SCHEDULING && state != VmState.STARTING
              || (state == VmState.STARTING && expired);
      case BARE, UNPLACED, OUTDATED -> false;
    };
  }

  private Stream<Pod> ofRole(String role) {
    return seen.pods().stream().filter(pod -> PodFacts.role(pod).equals(role));
  }

  private Optional<String> runId() {
    return anchor.map(pod -> pod.getMetadata().getUid());
  }

  private boolean statusIsOfThisRun() {
    return status
        .map(VirtualMachineStatus::runID)
        .filter(id -> Optional.of(id).equals(runId()))
        .isPresent();
  }

  private Optional<String> recordedCharge() {
    return status
        .filter(s -> statusIsOfThisRun())
        .map(VirtualMachineStatus::vmm)
        .map(VmmStatus::pod);
  }

  /**
   * The verdict of a LiveUpdate goes before what the status shows; the agent's word before both.
   */
  private String chargeName() {
    var byAgent =
        guest
            .map(GuestStatus::vmmPod)
            .filter(name -> inFlight.isEmpty())
            .filter(name -> vmms.stream().anyMatch(p -> p.getMetadata().getName().equals(name)));
    return committed
        .flatMap(Updates::to)
        .or(() -> byAgent)
        .or(this::recordedCharge)
        .or(() -> vmms.stream().findFirst().map(p -> p.getMetadata().getName()))
        .orElse(PodNames.vmm(seen.vm().getMetadata().getName(), 1));
  }

  private Sight sight() {
    if (anchor.isEmpty()) {
      return vmms.isEmpty() ? Sight.BARE : Sight.ENDED;
    }
    if (inFlight.filter(u -> Updates.verdict(u).isEmpty()).isPresent()) {
      return Sight.HANDOFF; // whatever is dead now: the guest may be in either QEMU
    }
    var pod = anchor.get();
    if (PodFacts.terminating(pod) || PodFacts.ended(pod) || seen.node().outOfService()) {
      return Sight.ENDED;
    }
    if (PodFacts.node(pod).isEmpty()) {
      return outdated() ? Sight.OUTDATED : Sight.UNPLACED;
    }
    return placedSight();
  }

  private Sight placedSight() {
    var guestState = guest.map(GuestStatus::state).orElse(GuestState.STARTING);
    if (guestState.isEnd()) {
      return crashed() ? Sight.CRASHED : Sight.ENDED;
    }
    if (guestState == GuestState.SUSPENDED) {
      return Sight.SUSPENDED; // whatever VMM pods there are: the agent has the state
    }
    if (betweenTwoVmms() && charge.filter(pod -> !PodFacts.ended(pod)).isEmpty()) {
      return Sight.PLACED; // the QEMU that saves is ended by its agent, who alone can tell
    }
    if (charge.isEmpty()) {
      // The agent speaks of the guest before there is a VMM; one that it named has been there.
      var named = guest.map(GuestStatus::vmmPod).isPresent();
      return named ? Sight.ENDED : outdated() ? Sight.OUTDATED : Sight.PLACED;
    }
    if (PodFacts.ended(charge.get()) && anotherMayHaveTheGuest()) {
      return Sight.PLACED; // only the agent knows
    }
    if (PodFacts.terminating(charge.get())) {
      return Sight.ENDED;
    }
    if (PodFacts.ended(charge.get())) {
      return Sight.CRASHED;
    }
    return switch (guestState) {
      case RUNNING ->
          handoffGoesOn()
              ? Sight.HANDOFF
              : probeFailure().isPresent() ? Sight.ENDED : Sight.RUNNING;
      case STARTING -> outdated() ? Sight.OUTDATED : Sight.PLACED;
      case PAUSED ->
          handoffGoesOn() ? Sight.HANDOFF : guestIsPausedByUser() ? Sight.RUNNING : Sight.PLACED;
      case STOPPING, LOST -> handoffGoesOn() ? Sight.HANDOFF : Sight.PLACED;
      case SUSPENDED -> Sight.SUSPENDED;
      case STOPPED, FAILED -> Sight.ENDED;
    };
  }

  /** Whether the agent says that the guest crashed and what is left of it may be of use. */
  private boolean crashed() {
    var reason =
        guest.filter(g -> g.state() == GuestState.FAILED).map(GuestStatus::reason).orElse("");
    return Reason.VMM_EXITED.value().equals(reason)
        || (Wish.keep(seen.vm()) && Reason.GUEST_PANICKED.value().equals(reason));
  }

  private boolean betweenTwoVmms() {
    return state == VmState.SUSPENDING
        || state == VmState.SUSPENDED
        || state == VmState.RESUMING
        || state == VmState.RESTARTING
        || state == VmState.KEPT;
  }

  /** Its run goes on as that of a guest that runs, also when it starts so. */
  private boolean guestIsPausedByUser() {
    return guest.filter(g -> Reason.PAUSED_BY_USER.value().equals(g.reason())).isPresent();
  }

  /** After an outage of the API server its objects tell of the old QEMU's death first. */
  private boolean anotherMayHaveTheGuest() {
    return vmms.stream()
        .filter(pod -> !pod.getMetadata().getName().equals(chargeName))
        .anyMatch(pod -> !PodFacts.ended(pod) && !PodFacts.terminating(pod));
  }

  /** A guest that is to stop needs the verdict alone, not the CPU that comes after it. */
  private boolean handoffGoesOn() {
    return inFlight
        .filter(u -> Updates.verdict(u).isEmpty() || !Updates.toStop(seen.vm()))
        .isPresent();
  }

  /** Whether pods of a guest that never ran were built from another spec than today's. */
  private boolean outdated() {
    if (state != VmState.SCHEDULING && state != VmState.STARTING) {
      return false;
    }
    var built =
        anchor.map(pod -> pod.getMetadata().getAnnotations()).map(a -> a.get(PodNames.BUILD));
    var digest = RunSpec.buildDigest(seen.vm().getSpec(), seen.images());
    return built.filter(b -> !b.equals(digest)).isPresent();
  }

  private boolean nodeLost() {
    return anchor
        .filter(pod -> PodFacts.node(pod).isPresent())
        .filter(pod -> seen.node().lost() || PodFacts.nodeLost(pod))
        .isPresent();
  }

  private Ending ending() {
    if (seen.node().outOfService()) {
      return Ending.of(Reason.NODE_OUT_OF_SERVICE, "the node is out of service");
    }
    return Endings.disrupted(Stream.concat(anchor.stream(), charge.stream()))
        .orElseGet(this::undisrupted);
  }

  private Ending undisrupted() {
    var byAgent = guest.filter(g -> g.state() != null && g.state().isEnd());
    if (byAgent.isPresent() && byAgent.get().reason() != null) {
      return new Ending(byAgent.get().reason(), byAgent.get().message());
    }
    if (anchor.isEmpty() || PodFacts.ended(anchor.get())) {
      return Ending.of(Reason.ANCHOR_LOST, "the anchor pod is gone or has ended");
    }
    var deleted =
        Stream.concat(anchor.stream(), charge.stream()).filter(PodFacts::terminating).findFirst();
    if (deleted.isPresent()) {
      return Ending.of(Reason.POD_DELETED, deleted.get().getMetadata().getName() + " was deleted");
    }
    if (charge.isEmpty()) {
      return Ending.of(Reason.POD_DELETED, chargeName + " is gone");
    }
    var exited =
        Ending.of(
            Reason.VMM_EXITED,
            charge
                .flatMap(PodProblem::of)
                .map(PodProblem::message)
                .orElse(chargeName + " has ended"));
    return PodFacts.ended(charge.get()) ? exited : probeFailure().orElse(exited);
  }

  private Optional<Ending> probeFailure() {
    return Probes.failure(probes, seen, guest);
  }

  private Optional<PodProblem> problem() {
    return Stream.concat(anchor.stream(), betweenTwoVmms() ? vmms.stream() : charge.stream())
        .filter(pod -> !PodFacts.terminating(pod) && !(betweenTwoVmms() && PodFacts.ended(pod)))
        .map(PodProblem::of)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<Instant> deadline() {
    return limit(seen.vm(), state).flatMap(limit -> since().map(since -> since.plus(limit)));
  }

  /** How long a virtual machine may be in a state. */
  static Optional<Duration> limit(VirtualMachine vm, VmState state) {
    return state == VmState.KEPT
        ? Optional.of(HumanDuration.parse(vm.getSpec().keepFor()))
        : state.deadline();
  }

  /** From when the state's deadline counts. */
  private Optional<Instant> since() {
    return switch (state) {
      case SCHEDULING ->
          anchor.flatMap(pod -> PodFacts.time(pod.getMetadata().getCreationTimestamp()));
      case STARTING ->
          anchor
              .flatMap(pod -> PodFacts.condition(pod, "PodScheduled"))
              .map(PodCondition::getLastTransitionTime)
              .flatMap(PodFacts::time);
      case STOPPING ->
          // A deletionTimestamp lies the grace period ahead of the request.
          seen.pods().stream()
              .map(pod -> PodFacts.time(pod.getMetadata().getDeletionTimestamp()))
              .flatMap(Optional::stream)
              .max(Comparator.naturalOrder());
      case RESTARTING, KEPT ->
          status.map(VirtualMachineStatus::lastTermination).map(TerminationStatus::at);
      case SUSPENDING, RESUMING ->
          // Not as wished since then.
          status
              .flatMap(s -> Conditions.find(s.conditions(), ConditionType.READY))
              .map(Condition::lastTransitionTime);
      case PENDING, FAILED, RUNNING, UPDATING, SUSPENDED, STOPPED -> Optional.empty();
    };
  }

  /** How long this run has lasted, counted from its anchor. */
  static Duration age(Observation observation, Instant now) {
    return observation
        .anchor()
        .flatMap(pod -> PodFacts.time(pod.getMetadata().getCreationTimestamp()))
        .map(created -> Duration.between(created, now))
        .orElse(Duration.ZERO);
  }
}
