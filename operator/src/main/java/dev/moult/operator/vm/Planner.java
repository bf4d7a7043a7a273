package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.TerminationStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.Budgets;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.ProofOfDeath;
import dev.moult.operator.pod.UserMetadata;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
    wished = Wish.wished(vm, before, observation);
    var held = Endings.held(status, vm.getMetadata().getGeneration(), now);
    var termination = status == null ? null : status.lastTermination();
    state =
        VmLife.next(
            before,
            new VmLife.Input(
                wished,
                Wish.aside(vm),
                Wish.keep(vm),
                Endings.again(status, now),
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
            creates ? knownTrouble() : heldBack(actions),
            NextPod.refusal(seen, observation, state),
            now);
    var status = VmStatuses.compose(draft);
    return new Plan(draft, afterHandoff(), status, actions, wakeAt(status.lastTermination()));
  }

  /** Once the status says that the handoff is over, nobody would think of its budget again. */
  private List<Action> afterHandoff() {
    return before == VmState.UPDATING && state == VmState.RUNNING
        ? List.of(new Action.ApplyBudget(Budgets.running(vm)))
        : List.of();
  }

  private Optional<Instant> wakeAt(@Nullable TerminationStatus last) {
    var retryAt =
        Optional.ofNullable(last)
            .map(TerminationStatus::retryAt)
            .filter(at -> state == VmState.PENDING || state == VmState.FAILED);
    var stateEnds =
        state == before
            ? observation.deadline()
            : Observer.limit(vm, state).filter(d -> state != VmState.STOPPING).map(now::plus);
    var resumeAgainAt =
        state == VmState.RESUMING ? Replacements.againAt(observation) : Optional.<Instant>empty();
    return Stream.of(
            retryAt, stateEnds, automaticUpdateAt(), lastWord(), agentLostAt(), resumeAgainAt)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        .min(Instant::compareTo);
  }

  private boolean aside() {
    return state == VmState.SUSPENDING || state == VmState.SUSPENDED || state == VmState.RESUMING;
  }

  private Optional<Instant> agentLostAt() {
    return seen.node()
        .agentLostAt()
        .filter(at -> state == VmState.RUNNING || state == VmState.UPDATING || aside());
  }

  /** When a pod that an update left behind may be a stray. */
  private Optional<Instant> lastWord() {
    return seen.updates().stream()
        .filter(u -> observation.vmms().size() > 1)
        .map(Losers::lastWord)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        .min(Instant::compareTo);
  }

  private static Optional<Trouble> heldBack(List<Action> actions) {
    return actions.stream()
        .flatMap(
            a -> a instanceof Action.HoldBack held ? Stream.of(held.trouble()) : Stream.empty())
        .findFirst();
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
    return Stream.of(
            Reason.POD_NAME_TAKEN,
            Reason.POD_REFUSED,
            Reason.QUOTA_EXCEEDED,
            Reason.LIMIT_RANGE_FORBIDS)
        .filter(reason -> reason.value().equals(stalled.reason()))
        .map(reason -> new Trouble(reason, Optional.ofNullable(stalled.message()).orElse("")))
        .findFirst();
  }

  /** What is proved dead is let go of first, in every state: nothing else ever does it. */
  private List<Action> actions() {
    var actions = new ArrayList<Action>();
    seen.pods().stream()
        .filter(ProofOfDeath::awaited)
        .forEach(pod ->
            ProofOfDeath.of(pod, seen.node())
                .ifPresent(proof -> actions.add(new Action.ReleasePod(pod, proof))));
    actions.addAll(actionsOfState());
    return actions;
  }

  private List<Action> actionsOfState() {
    return switch (state) {
      case PENDING, FAILED, STOPPED -> List.of();
      case SCHEDULING -> schedule();
      case STARTING -> start();
      case RUNNING -> run();
      case UPDATING, SUSPENDING -> gate();
      case KEPT -> gate(false);
      case RESTARTING -> replace(Replacements.afterCrash(seen, observation));
      case SUSPENDED -> replace(Replacements.aside(seen, observation));
      case RESUMING -> replace(Replacements.resuming(seen, observation, now));
      case STOPPING -> collect();
    };
  }

  private List<Action> schedule() {
    if (observation.anchor().isPresent()) {
      return List.of();
    }
    var problem = seen.claims().problem(vm.getSpec());
    if (problem.isPresent()) {
      return List.of(
          new Action.HoldBack(new Trouble(problem.get().reason(), problem.get().message())));
    }
    var unattached = seen.attachments().problem(vm);
    if (unattached.isPresent()) {
      return List.of(
          new Action.HoldBack(new Trouble(unattached.get().reason(), unattached.get().message())));
    }
    return List.of(
        new Action.CreatePod(AnchorPods.build(vm, seen.unixUid(), seen.images(), seen.claims())),
        new Action.ApplyBudget(Budgets.running(vm)));
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

  /** No guest runs meanwhile. */
  private List<Action> replace(List<Action> replacement) {
    var actions = new ArrayList<>(gate(false));
    actions.addAll(replacement);
    return actions;
  }

  private List<Action> run() {
    var actions = new ArrayList<>(gate());
    if (before != VmState.UPDATING && specChanged()) {
      actions.add(new Action.ApplyBudget(Budgets.running(vm)));
    }
    relabel().ifPresent(actions::add);
    strays()
        .forEach(pod ->
            actions.add(
                new Action.DeletePod(
                    pod, Optional.empty(), new Action.Proviso.Stray(vm), Optional.empty())));
    var node = observation.anchor().flatMap(PodFacts::node);
    if (node.isPresent() && automaticUpdateAt().filter(at -> !now.isBefore(at)).isPresent()) {
      actions.add(
          new Action.CreateUpdate(AutomaticUpdates.build(vm, seen.updateTtl()), node.get()));
    } else {
      NextPod.inquiry(seen, observation).ifPresent(actions::add);
    }
    return actions;
  }

  private boolean specChanged() {
    var status = vm.getStatus();
    return status == null
        || !Objects.equals(status.observedGeneration(), vm.getMetadata().getGeneration());
  }

  private Optional<Instant> automaticUpdateAt() {
    return state == VmState.RUNNING && observation.sight() == Sight.RUNNING && !sleepsAndIsBlocked()
        ? AutomaticUpdates.dueAt(seen, observation, now)
        : Optional.empty();
  }

  /** A guest that has not run since its start or reset cannot be handed over before it goes on. */
  private boolean sleepsAndIsBlocked() {
    var status = vm.getStatus();
    return status != null
        && status.updatable() != null
        && observation.guest().filter(g -> g.state() == GuestState.PAUSED).isPresent();
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
   * the agent names the pod that holds the guest, and that pod lives.
   */
  private List<Pod> strays() {
    var named = observation.guest().filter(g -> observation.chargeName().equals(g.vmmPod()));
    if (named.isEmpty() || observation.charge().filter(pod -> !PodFacts.ended(pod)).isEmpty()) {
      return List.of();
    }
    return observation.vmms().stream()
        .filter(pod -> !pod.getMetadata().getName().equals(observation.chargeName()))
        .filter(pod -> !PodFacts.terminating(pod))
        .filter(pod -> !ofKnownUpdate(pod))
        .toList();
  }

  private boolean ofKnownUpdate(Pod pod) {
    return seen.updates().stream().anyMatch(u -> Losers.speaksFor(u, pod, now));
  }

  /** VMM pods first: the anchor holds what they live on. */
  private List<Action> collect() {
    var actions = new ArrayList<>(gate(false));
    if (seen.node().outOfService()) {
      seen.pods().forEach(pod -> abandon(pod).ifPresent(actions::add));
      return actions;
    }
    if (!observation.vmms().isEmpty()) {
      var grace = Duration.ofSeconds(vm.getSpec().terminationGracePeriodSeconds());
      observation.vmms().stream()
          .filter(pod -> !PodFacts.terminating(pod))
          .forEach(pod -> actions.add(deletion(pod, grace)));
      return actions;
    }
    observation.anchor().stream()
        .filter(pod -> !PodFacts.terminating(pod) || graceOf(pod) > ANCHOR_GRACE.toSeconds())
        .forEach(pod -> actions.add(deletion(pod, ANCHOR_GRACE)));
    return actions;
  }

  /** Nobody is left on the node who could end the pod in an orderly way. */
  private static Optional<Action> abandon(Pod pod) {
    return Optional.of(pod)
        .filter(p -> !PodFacts.terminating(p) || graceOf(p) > 0)
        .map(p -> deletion(p, Duration.ZERO));
  }

  private static Action deletion(Pod pod, Duration grace) {
    return Action.DeletePod.within(pod, grace, new Action.Proviso.None());
  }

  private static long graceOf(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds()).orElse(0L);
  }
}
