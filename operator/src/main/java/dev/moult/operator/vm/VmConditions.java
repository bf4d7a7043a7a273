package dev.moult.operator.vm;

import static dev.moult.api.v1alpha1.ConditionStatus.FALSE;
import static dev.moult.api.v1alpha1.ConditionStatus.TRUE;
import static dev.moult.api.v1alpha1.ConditionStatus.UNKNOWN;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.RunStrategy;
import dev.moult.api.v1alpha1.UpdatePolicyType;
import dev.moult.api.v1alpha1.Verdict;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Composes the operator's conditions of a VirtualMachine. */
final class VmConditions {
  /** Reasons of a start that fails for ever unless somebody changes something. */
  private static final Set<Reason> NEEDS_THE_USER =
      Set.of(
          Reason.POD_NAME_TAKEN,
          Reason.POD_REFUSED,
          Reason.IMAGE_PULL_FAILED,
          Reason.POD_START_FAILED);

  private final Draft draft;
  private final Observation seen;
  private final String image;
  private final String desired;
  private final Why why;

  /**
   * Why the virtual machine is not as wished.
   *
   * @param reason in one word
   * @param message for people
   * @param stalled whether only the user can mend it
   */
  private record Why(String reason, @Nullable String message, boolean stalled) {
    static Why going(Reason reason, String message) {
      return new Why(reason.value(), message, false);
    }
  }

  private VmConditions(Draft draft) {
    this.draft = draft;
    seen = draft.observation();
    desired = VmmPods.desiredImage(draft.seen().vm(), draft.seen().images());
    image = seen.charge().flatMap(PodFacts::vmmImage).orElse(desired);
    why = why();
  }

  static List<Condition> compose(Draft draft) {
    return new VmConditions(draft).list();
  }

  private List<Condition> list() {
    var old = draft.old();
    var conditions =
        new Conditions(
            old == null ? List.of() : old.conditions(),
            draft.seen().vm().getMetadata().getGeneration(),
            draft.now());
    var outOfDate = automaticUpdateDue();
    var ready = asWished() && !outOfDate;
    setReady(conditions, ready, outOfDate);
    setRunning(conditions);
    pause().ifPresent(p -> conditions.set(ConditionType.PAUSED, TRUE, p.reason(), p.message()));
    setScheduled(conditions);
    setUpToDate(conditions);
    setRestartRequired(conditions);
    setDegraded(conditions);
    var held = outOfDate && backOff() instanceof Updates.BackOff.Held;
    var stalled = !ready && (asWished() ? held : why.stalled());
    if (!ready && !stalled) {
      conditions.set(
          ConditionType.RECONCILING,
          TRUE,
          Reason.PROGRESSING.value(),
          "phase " + draft.state().label());
    }
    if (stalled) {
      conditions.set(
          ConditionType.STALLED,
          TRUE,
          held ? Reason.UPDATE_HELD.value() : why.reason(),
          held ? Reason.UPDATE_HELD.description() : why.message());
    }
    return conditions.list();
  }

  private boolean guestRuns() {
    return draft.running()
        && !seen.nodeLost()
        && !agentLost()
        && seen.guest().filter(g -> g.state() == GuestState.RUNNING).isPresent();
  }

  /** Why the guest stands still, if it does; one that stands in a handoff gives no reason. */
  private Optional<Why> pause() {
    return seen.guest()
        .filter(g -> draft.running() && !lost())
        .filter(g -> g.state() == GuestState.PAUSED && g.reason() != null)
        .map(g -> new Why(String.valueOf(g.reason()), g.message(), false));
  }

  private boolean pausedByUser() {
    return pause().filter(p -> p.reason().equals(Reason.PAUSED_BY_USER.value())).isPresent();
  }

  private boolean pauseWished() {
    return Boolean.TRUE.equals(draft.seen().vm().getSpec().paused());
  }

  private boolean asideWished() {
    return Wish.aside(draft.seen().vm());
  }

  private boolean asWished() {
    return draft.trouble().isEmpty()
        && (draft.wished()
            ? (asideWished()
                    ? draft.state() == VmState.SUSPENDED && !lost()
                    : pauseWished() ? pausedByUser() : guestRuns() && unready().isEmpty())
                && addressKnown()
            : draft.state() == VmState.STOPPED && failedStart().isEmpty());
  }

  /** A guest that somebody has started, that failed, and that nobody starts again by itself. */
  private Optional<Why> failedStart() {
    return Optional.ofNullable(draft.old())
        .map(VirtualMachineStatus::lastTermination)
        .filter(last ->
            asideWished() || draft.seen().vm().getSpec().runStrategy() == RunStrategy.MANUAL)
        .filter(last -> draft.state() == VmState.STOPPED && Ending.faulty(last.reason()))
        .map(last ->
            new Why(
                last.reason(),
                Objects.requireNonNullElse(last.message(), "the guest ended")
                    + (asideWished()
                        ? "; nothing is started while spec.power is Suspended"
                        : "; a later spec.restartRequestedAt starts it"),
                true));
  }

  private Optional<Reason> unready() {
    return Probes.unready(seen.probes(), seen.guest());
  }

  /** The agent may tell of the guest before the kubelet tells of the pod that it runs in. */
  private boolean addressKnown() {
    return seen.anchor().flatMap(PodFacts::address).isPresent();
  }

  private void setReady(Conditions conditions, boolean ready, boolean outOfDate) {
    if (ready && !draft.wished()) {
      conditions.set(ConditionType.READY, TRUE, Reason.HALTED.value(), "powered down, as wished");
    } else if (ready && asideWished()) {
      conditions.set(ConditionType.READY, TRUE, Reason.SUSPENDED.value(), "suspended, as wished");
    } else if (ready && pauseWished()) {
      conditions.set(ConditionType.READY, TRUE, Reason.PAUSED_BY_USER.value(), "paused, as wished");
    } else if (ready) {
      conditions.set(ConditionType.READY, TRUE, Reason.AS_SPECIFIED.value(), "the guest runs");
    } else if (asWished() && outOfDate) {
      var upToDate = upToDate();
      conditions.set(ConditionType.READY, FALSE, upToDate.reason(), upToDate.message());
    } else {
      conditions.set(ConditionType.READY, FALSE, why.reason(), why.message());
    }
  }

  private void setRunning(Conditions conditions) {
    if (guestRuns()) {
      conditions.set(ConditionType.RUNNING, TRUE, Reason.GUEST_RUNNING.value(), null);
    } else if (lost()) {
      conditions.set(ConditionType.RUNNING, UNKNOWN, why.reason(), why.message());
    } else if (draft.state() == VmState.STOPPED) {
      conditions.set(ConditionType.RUNNING, FALSE, Reason.HALTED.value(), null);
    } else {
      conditions.set(ConditionType.RUNNING, FALSE, why.reason(), why.message());
    }
  }

  private boolean lost() {
    var unknown =
        seen.nodeLost()
            || agentLost()
            || seen.guest().filter(g -> g.state() == GuestState.LOST).isPresent();
    return (draft.running() || draft.aside()) && unknown;
  }

  private boolean agentLost() {
    return draft.seen().node().agentLostAt().filter(at -> !draft.now().isBefore(at)).isPresent();
  }

  private void setScheduled(Conditions conditions) {
    var node = seen.anchor().flatMap(PodFacts::node);
    if (node.isPresent() && draft.seen().node().cordoned()) {
      conditions.set(
          ConditionType.SCHEDULED,
          TRUE,
          Reason.NODE_CORDONED.value(),
          NodeWords.cordoned(draft, node.get()));
    } else if (node.isPresent()) {
      conditions.set(
          ConditionType.SCHEDULED, TRUE, Reason.SCHEDULED.value(), "on node " + node.get());
    } else if (draft.state() == VmState.STOPPED) {
      conditions.set(ConditionType.SCHEDULED, FALSE, Reason.HALTED.value(), null);
    } else {
      conditions.set(ConditionType.SCHEDULED, FALSE, why.reason(), why.message());
    }
  }

  private void setUpToDate(Conditions conditions) {
    if (!draft.running() || image.equals(desired)) {
      conditions.set(ConditionType.UP_TO_DATE, TRUE, Reason.AS_SPECIFIED.value(), null);
    } else {
      var upToDate = upToDate();
      conditions.set(ConditionType.UP_TO_DATE, FALSE, upToDate.reason(), upToDate.message());
    }
  }

  private boolean automatic() {
    return draft.seen().vm().getSpec().updatePolicy().type() == UpdatePolicyType.AUTOMATIC;
  }

  private boolean updatesPaused() {
    return Boolean.TRUE.equals(draft.seen().vm().getSpec().updatePolicy().paused());
  }

  /** Whether the operator itself owes this virtual machine an update. */
  private boolean automaticUpdateDue() {
    return draft.running() && !image.equals(desired) && automatic() && !updatesPaused();
  }

  private Updates.BackOff backOff() {
    return Updates.backOff(draft.seen().updates(), image, desired);
  }

  /** Why the VMM is not the one of the spec. */
  private Why upToDate() {
    var differs = "runs " + image + ", the spec asks for " + desired;
    if (seen.inFlight().isPresent()) {
      return Why.going(
          Reason.UPDATE_IN_PROGRESS,
          differs + "; LiveUpdate " + seen.inFlight().get().getMetadata().getName());
    }
    if (updatesPaused()) {
      return Why.going(Reason.UPDATES_PAUSED, differs);
    }
    if (!automatic()) {
      return Why.going(Reason.VMM_DIFFERS, differs + "; create a LiveUpdate to bring it");
    }
    return switch (backOff()) {
      case Updates.BackOff.None none -> Why.going(Reason.VMM_DIFFERS, differs);
      case Updates.BackOff.Until until ->
          Why.going(
              Reason.UPDATE_FAILED,
              differs + "; " + until.lastUpdate() + " failed; not before " + until.at());
      case Updates.BackOff.Held held ->
          Why.going(
              Reason.UPDATE_HELD, differs + "; " + held.lastUpdate() + " was the last to fail");
    };
  }

  private void setRestartRequired(Conditions conditions) {
    var changed =
        draft.running() || draft.aside() ? VmStatuses.changedSinceStart(draft) : List.<String>of();
    if (changed.isEmpty()) {
      conditions.set(ConditionType.RESTART_REQUIRED, FALSE, Reason.NOTHING_CHANGED.value(), null);
    } else {
      conditions.set(
          ConditionType.RESTART_REQUIRED,
          TRUE,
          Reason.RESTART_NEEDED.value(),
          "changed since the start of the guest: " + String.join(", ", changed));
    }
  }

  private void setDegraded(Conditions conditions) {
    var fault = fault();
    if (fault.isPresent()) {
      conditions.set(ConditionType.DEGRADED, TRUE, fault.get().reason(), fault.get().message());
    } else {
      conditions.set(ConditionType.DEGRADED, FALSE, Reason.NO_FAULT.value(), null);
    }
  }

  private Optional<Why> fault() {
    if (lost()) {
      return Optional.of(why);
    }
    if (draft.state() == VmState.STOPPING && overdue()) {
      return Optional.of(why);
    }
    if (draft.state() == VmState.FAILED || draft.state() == VmState.PENDING) {
      return termination();
    }
    if (draft.running() && !image.equals(desired) && seen.inFlight().isEmpty()) {
      return Optional.of(backOff())
          .filter(b -> !(b instanceof Updates.BackOff.None))
          .map(b -> Why.going(Reason.UPDATE_FAILED, String.valueOf(upToDate().message())));
    }
    return cpuPending();
  }

  /** The guest was handed over and waits for the rest of its CPU. */
  private Optional<Why> cpuPending() {
    return seen.inFlight()
        .filter(u -> Updates.verdict(u).equals(Optional.of(Verdict.COMMIT)))
        .map(LiveUpdate::getStatus)
        .flatMap(status -> Conditions.find(status.conditions(), ConditionType.RESOURCES_RESTORED))
        .filter(c -> c.status() == FALSE)
        .map(c -> Why.going(Reason.CPU_PENDING, String.valueOf(c.message())));
  }

  private Optional<Why> termination() {
    var old = draft.old();
    var last = Endings.after(old, draft.before(), draft.state(), draft.wished(), seen, draft.now());
    return Optional.ofNullable(last)
        .filter(t -> t.retryAt() != null)
        .map(t ->
            new Why(
                t.reason(),
                Objects.requireNonNullElse(t.message(), "the guest ended")
                    + "; started again not before "
                    + t.retryAt(),
                needsTheUser(t.reason())));
  }

  private Why why() {
    if (draft.trouble().isPresent()) {
      var trouble = draft.trouble().get();
      return new Why(trouble.reason().value(), trouble.message(), true);
    }
    return switch (draft.state()) {
      case PENDING, FAILED ->
          termination().orElse(Why.going(Reason.PROGRESSING, "about to be started"));
      case SCHEDULING ->
          seen.problem()
              .map(p -> new Why(p.reason().value(), p.message(), overdue()))
              .orElse(Why.going(Reason.PROGRESSING, "the anchor waits for a node"));
      case STARTING -> starting();
      case RUNNING, UPDATING -> running();
      case RESTARTING -> restarting();
      case KEPT -> kept();
      case SUSPENDING -> suspending();
      case SUSPENDED -> suspended();
      case RESUMING -> resuming();
      case STOPPING -> stopping();
      case STOPPED -> failedStart().orElse(Why.going(Reason.HALTED, "powered down"));
    };
  }

  private Why running() {
    if (seen.nodeLost()) {
      return Why.going(Reason.NODE_LOST, NodeWords.lost(draft));
    }
    if (agentLost()) {
      return Why.going(Reason.AGENT_LOST, NodeWords.agentLost(draft));
    }
    if (guestRuns() && !pauseWished() && unready().isPresent()) {
      return Why.going(unready().get(), Probes.words(unready().get(), seen.guest()));
    }
    if (guestRuns()) {
      return Why.going(
          Reason.PROGRESSING,
          pauseWished()
              ? "the guest runs, and is about to be paused"
              : "the guest runs, its address is not known yet");
    }
    if (pausedByUser() && !pauseWished()) {
      return Why.going(Reason.PROGRESSING, "the guest is paused, and about to go on");
    }
    return pause().orElseGet(() -> Why.going(Reason.VMM_UNRESPONSIVE, guestMessage()));
  }

  private Why restarting() {
    return podProblem()
        .orElse(Why.going(Reason.VMM_RESTARTING, Reason.VMM_RESTARTING.description()));
  }

  private Why kept() {
    return new Why(
        Reason.KEPT_AFTER_CRASH.value(),
        Reason.KEPT_AFTER_CRASH.description()
            + draftEnd().map(end -> " Until " + end + ".").orElse(""),
        true);
  }

  private Optional<Instant> draftEnd() {
    return draft.state() == draft.before()
        ? seen.deadline()
        : Observer.limit(draft.seen().vm(), VmState.KEPT).map(draft.now()::plus);
  }

  private Why suspending() {
    if (lost()) {
      return running();
    }
    return byAgent(Reason.SUSPEND_FAILED)
        .or(this::pause)
        .map(why -> new Why(why.reason(), why.message(), overdue()))
        .orElse(inPassing(Reason.GUEST_SUSPENDING));
  }

  private Why inPassing(Reason reason) {
    return new Why(reason.value(), reason.description(), overdue());
  }

  private Why suspended() {
    return lost() ? running() : Why.going(Reason.SUSPENDED, Reason.SUSPENDED.description());
  }

  private Why resuming() {
    if (lost()) {
      return running();
    }
    return podProblem()
        .or(() ->
            seen.guest()
                .filter(g -> g.state() == GuestState.SUSPENDED && g.message() != null)
                .map(g -> new Why(String.valueOf(g.reason()), g.message(), true)))
        .orElse(inPassing(Reason.GUEST_RESUMING));
  }

  private Optional<Why> byAgent(Reason reason) {
    return seen.guest()
        .filter(g -> reason.value().equals(g.reason()))
        .map(g -> Why.going(reason, Objects.requireNonNullElse(g.message(), reason.description())));
  }

  private Optional<Why> podProblem() {
    return seen.problem()
        .map(p -> new Why(p.reason().value(), p.message(), NEEDS_THE_USER.contains(p.reason())));
  }

  private Why starting() {
    var byAgent =
        seen.guest()
            .filter(g -> g.reason() != null)
            .map(g ->
                new Why(
                    String.valueOf(g.reason()),
                    g.message(),
                    needsTheUser(String.valueOf(g.reason()))));
    return podProblem()
        .or(() -> byAgent)
        .orElse(Why.going(Reason.GUEST_STARTING, "pods start and QEMU is launched"));
  }

  private Why stopping() {
    if (overdue()) {
      return seen.nodeLost()
          ? Why.going(Reason.NODE_LOST, NodeWords.lost(draft))
          : Why.going(Reason.POD_NOT_GONE, NodeWords.notGone(draft));
    }
    return termination()
        .filter(t -> draft.wished())
        .orElse(Why.going(Reason.GUEST_STOPPING, "the guest is powered down, pods are removed"));
  }

  /** Whether the deadline of the state that it is still in has passed. */
  private boolean overdue() {
    return draft.state() == draft.before() && seen.expired();
  }

  private String guestMessage() {
    return seen.guest()
        .map(g -> "the guest is " + String.valueOf(g.state()).toLowerCase(Locale.ROOT))
        .orElse("the agent has not said what the guest does");
  }

  private static boolean needsTheUser(String reason) {
    for (var known : Reason.values()) {
      if (known.value().equals(reason)) {
        return known.group() == Reason.Group.STARTING_A_GUEST || NEEDS_THE_USER.contains(known);
      }
    }
    return false;
  }
}
