package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.RunStrategy;
import dev.moult.api.v1alpha1.TerminationStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.Budgets;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.UserMetadata;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides what is to be done about a virtual machine. Pure: no client, no clock, no cache. */
public final class Planner {
  /** The anchor holds nothing that could be saved; its SIGTERM is blocked. */
  private static final Duration ANCHOR_GRACE = Duration.ofSeconds(1);

  private final VirtualMachine vm;
  private final Seen seen;
  private final Observation observation;
  private final VmState before;
  private final VmState state;
  private final boolean wished;
  private final Instant now;

  private Planner(Seen seen, Instant now) {
    this.vm = seen.vm();
    this.seen = seen;
    this.now = now;
    observation = Observer.observe(seen, now);
    var status = vm.getStatus();
    before = VmState.of(status == null ? null : status.phase());
    wished =
        vm.getSpec().runStrategy() != RunStrategy.HALTED
            && vm.getMetadata().getDeletionTimestamp() == null;
    var held = Endings.held(status, vm.getMetadata().getGeneration(), now);
    var termination = status == null ? null : status.lastTermination();
    state =
        VmLife.next(
            before,
            new VmLife.Input(
                wished,
                observation.sight(),
                held,
                termination == null || Ending.faulty(termination.reason()),
                observation.expired()));
  }

  /** The plan for what is seen at this moment. */
  public static Plan plan(Seen seen, Instant now) {
    return new Planner(seen, now).plan();
  }

  private Plan plan() {
    var actions = actions();
    var creates = actions.stream().anyMatch(a -> a instanceof Action.CreatePod);
    var draft =
        new Draft(
            seen,
            observation,
            before,
            state,
            wished,
            creates ? knownTrouble() : Optional.empty(),
            now);
    var status = VmStatuses.compose(draft);
    return new Plan(draft, status, actions, wakeAt(status.lastTermination()));
  }

  private Optional<Instant> wakeAt(@Nullable TerminationStatus last) {
    var retryAt =
        Optional.ofNullable(last)
            .map(TerminationStatus::retryAt)
            .filter(at -> state == VmState.PENDING || state == VmState.FAILED);
    var stateEnds =
        state == before
            ? observation.deadline()
            : state.deadline().filter(d -> state != VmState.STOPPING).map(now::plus);
    return Stream.of(retryAt, stateEnds, automaticUpdateAt())
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        .min(Instant::compareTo);
  }

  /**
   * What the API server said last time, while the same is tried again: so that the status does not
   * change back and forth with each attempt.
   */
  private Optional<Trouble> knownTrouble() {
    var status = vm.getStatus();
    return Optional.ofNullable(status)
        .flatMap(s -> Conditions.find(s.conditions(), ConditionType.STALLED))
        .flatMap(Planner::trouble);
  }

  private static Optional<Trouble> trouble(Condition stalled) {
    return Stream.of(Reason.POD_NAME_TAKEN, Reason.POD_REFUSED)
        .filter(reason -> reason.value().equals(stalled.reason()))
        .map(reason -> new Trouble(reason, Optional.ofNullable(stalled.message()).orElse("")))
        .findFirst();
  }

  private List<Action> actions() {
    return switch (state) {
      case PENDING, FAILED, STOPPED -> List.of();
      case SCHEDULING -> schedule();
      case STARTING -> start();
      case RUNNING -> run();
      case UPDATING -> gate();
      case STOPPING -> collect();
    };
  }

  private List<Action> schedule() {
    return observation.anchor().isPresent()
        ? List.of()
        : List.of(
            new Action.CreatePod(AnchorPods.build(vm, seen.unixUid(), seen.images())),
            new Action.ApplyBudget(Budgets.build(vm, Budgets.RUNNING)));
  }

  private List<Action> start() {
    var node = observation.anchor().flatMap(PodFacts::node);
    var named = observation.guest().map(GuestStatus::vmmPod).isPresent();
    if (node.isEmpty() || observation.charge().isPresent() || named) {
      return List.of();
    }
    var order =
        new VmmPods.Order(
            seen.unixUid(),
            node.get(),
            1,
            VmmPods.desiredImage(vm, seen.images()),
            VmmPods.cpuRequest(vm),
            Optional.empty());
    return List.of(new Action.CreatePod(VmmPods.build(vm, order, seen.images())));
  }

  private List<Action> run() {
    var actions = new ArrayList<>(gate());
    if (before == VmState.UPDATING) {
      actions.add(new Action.ApplyBudget(Budgets.build(vm, Budgets.RUNNING)));
    }
    relabel().ifPresent(actions::add);
    strays().forEach(pod -> actions.add(new Action.DeletePod(pod, Optional.empty())));
    var node = observation.anchor().flatMap(PodFacts::node);
    if (node.isPresent() && automaticUpdateAt().filter(at -> !now.isBefore(at)).isPresent()) {
      actions.add(
          new Action.CreateUpdate(AutomaticUpdates.build(vm, seen.updateTtl()), node.get()));
    }
    return actions;
  }

  private Optional<Instant> automaticUpdateAt() {
    return state == VmState.RUNNING && observation.sight() == Sight.RUNNING
        ? AutomaticUpdates.dueAt(seen, observation, now)
        : Optional.empty();
  }

  /** An agent that cannot tell is no reason to take the guest out of its Services. */
  private List<Action> gate() {
    var state = observation.guest().map(GuestStatus::state);
    return state.equals(Optional.of(GuestState.LOST))
        ? List.of()
        : gate(state.equals(Optional.of(GuestState.RUNNING)));
  }

  private List<Action> gate(boolean runs) {
    return observation.anchor().stream()
        .filter(pod -> !PodFacts.terminating(pod))
        .filter(pod -> gateIsOpen(pod) != runs)
        .<Action>map(pod -> new Action.SetGuestGate(pod, runs))
        .toList();
  }

  private static boolean gateIsOpen(Pod anchor) {
    return PodFacts.condition(anchor, ApiNames.GUEST_READINESS_GATE)
        .filter(c -> "True".equals(c.getStatus()))
        .isPresent();
  }

  /** The user's labels and annotations follow the spec on the running anchor. */
  private Optional<Action> relabel() {
    return observation
        .anchor()
        .flatMap(anchor ->
            UserMetadata.change(vm, anchor).map(change -> new Action.Relabel(anchor, change)));
  }

  /**
   * VMM pods that hold nothing: not in charge, not of a LiveUpdate that still exists. Only while
   * the agent names the pod that holds the guest.
   */
  private List<Pod> strays() {
    var named = observation.guest().filter(g -> observation.chargeName().equals(g.vmmPod()));
    if (named.isEmpty()) {
      return List.of();
    }
    return observation.vmms().stream()
        .filter(pod -> !pod.getMetadata().getName().equals(observation.chargeName()))
        .filter(pod -> !PodFacts.terminating(pod))
        .filter(pod -> !ofKnownUpdate(pod))
        .toList();
  }

  private boolean ofKnownUpdate(Pod pod) {
    var name = pod.getMetadata().getName();
    return seen.updates().stream()
        .anyMatch(u ->
            Updates.from(u).equals(Optional.of(name)) || Updates.to(u).equals(Optional.of(name)));
  }

  /** VMM pods first: the anchor holds what they live on. */
  private List<Action> collect() {
    var actions = new ArrayList<>(gate(false));
    if (!observation.vmms().isEmpty()) {
      var grace = Duration.ofSeconds(vm.getSpec().terminationGracePeriodSeconds());
      observation.vmms().stream()
          .filter(pod -> !PodFacts.terminating(pod))
          .forEach(pod -> actions.add(new Action.DeletePod(pod, Optional.of(grace))));
      return actions;
    }
    return observation.anchor().stream()
        .filter(pod -> !PodFacts.terminating(pod) || graceOf(pod) > ANCHOR_GRACE.toSeconds())
        .<Action>map(pod -> new Action.DeletePod(pod, Optional.of(ANCHOR_GRACE)))
        .toList();
  }

  private static long graceOf(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds()).orElse(0L);
  }
}
