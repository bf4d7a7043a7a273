package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.RunStrategy;
import dev.moult.api.v1alpha1.Verdict;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the LiveUpdates of one virtual machine. */
public final class Updates {
  private static final Set<LiveUpdatePhase> TERMINAL =
      Set.of(
          LiveUpdatePhase.COMPLETED,
          LiveUpdatePhase.ROLLED_BACK,
          LiveUpdatePhase.REFUSED,
          LiveUpdatePhase.FAILED);

  /** Ends that say nothing about the pair of versions. */
  private static final Set<String> NO_FAULT_OF_THE_PAIR =
      Set.of(
          Reason.NOTHING_TO_DO.value(),
          Reason.CANCELLED.value(),
          Reason.SUSPENDED.value(),
          Reason.VIRTUAL_MACHINE_NOT_FOUND.value(),
          Reason.VIRTUAL_MACHINE_NOT_RUNNING.value());

  /** Waiting after the first, second and third failure; after one more it is held. */
  private static final List<Duration> BACK_OFF =
      List.of(Duration.ofMinutes(5), Duration.ofMinutes(15), Duration.ofHours(1));

  private Updates() {}

  /** Whether automatic updates to a VMM wait after failures. */
  public sealed interface BackOff {
    /** None failed. */
    record None() implements BackOff {}

    /** The last one failed; the next may start then. */
    record Until(Instant at, String lastUpdate) implements BackOff {}

    /** Too many failed: the operator makes no more. */
    record Held(String lastUpdate) implements BackOff {}
  }

  /** Whether a virtual machine's guest shall not run any more. */
  public static boolean toStop(VirtualMachine vm) {
    return vm.getMetadata().getDeletionTimestamp() != null
        || vm.getSpec().runStrategy() == RunStrategy.HALTED;
  }

  /** Whether a LiveUpdate has ended. */
  public static boolean ended(LiveUpdate update) {
    return isEnd(phase(update));
  }

  /** Whether a LiveUpdate in that phase has ended. */
  public static boolean isEnd(LiveUpdatePhase phase) {
    return TERMINAL.contains(phase);
  }

  /** Whether it has been started and has not ended. */
  public static boolean underWay(LiveUpdate update) {
    return phase(update) != LiveUpdatePhase.PENDING && !ended(update);
  }

  /** Its phase; PENDING before the first status. */
  public static LiveUpdatePhase phase(LiveUpdate update) {
    var status = update.getStatus();
    var phase = status == null ? null : status.phase();
    return phase == null ? LiveUpdatePhase.PENDING : phase;
  }

  /** The agent's verdict about this very LiveUpdate. */
  public static Optional<Verdict> verdict(LiveUpdate update) {
    return Optional.ofNullable(update.getStatus())
        .map(LiveUpdateStatus::handoff)
        .filter(h -> h.uid() == null || h.uid().equals(update.getMetadata().getUid()))
        .map(h -> h.verdict());
  }

  /**
   * The LiveUpdate whose commit moved the guest of this run away from this VMM pod. Pod names come
   * again in the next run, so the run must be the same.
   */
  static Optional<LiveUpdate> committedFrom(
      List<LiveUpdate> updates, @Nullable String runId, @Nullable String pod) {
    return updates.stream()
        .filter(u -> verdict(u).equals(Optional.of(Verdict.COMMIT)))
        .filter(u -> pod != null && from(u).equals(Optional.of(pod)) && to(u).isPresent())
        .filter(u -> run(u).map(run -> run.equals(runId)).orElse(underWay(u)))
        .findFirst();
  }

  private static Optional<String> run(LiveUpdate update) {
    return Optional.ofNullable(update.getStatus())
        .map(LiveUpdateStatus::handoff)
        .map(handoff -> handoff.runID());
  }

  /** Name of the old VMM pod. */
  static Optional<String> from(LiveUpdate update) {
    return Optional.ofNullable(update.getStatus())
        .map(LiveUpdateStatus::from)
        .map(side -> side.pod());
  }

  /** Whether this very pod is the one that ran the guest when the update began. */
  public static boolean beganWith(LiveUpdate update, Pod pod) {
    var side = Optional.ofNullable(update.getStatus()).map(LiveUpdateStatus::from);
    return side.map(s -> s.pod()).equals(Optional.of(pod.getMetadata().getName()))
        && side.map(s -> s.uid()).map(pod.getMetadata().getUid()::equals).orElse(true);
  }

  /** Whether this very pod was made for the update. */
  public static boolean madeFor(LiveUpdate update, Pod pod) {
    return to(update).equals(Optional.of(pod.getMetadata().getName()))
        && PodFacts.label(pod, ApiNames.UPDATE_UID_LABEL)
            .equals(Optional.of(update.getMetadata().getUid()));
  }

  /** Name of the new VMM pod. */
  static Optional<String> to(LiveUpdate update) {
    return Optional.ofNullable(update.getStatus())
        .map(LiveUpdateStatus::to)
        .map(side -> side.pod());
  }

  /** How long automatic updates from one image to another wait after failures. */
  static BackOff backOff(List<LiveUpdate> updates, String from, String to) {
    var failures =
        updates.stream()
            .filter(u -> ended(u) && phase(u) != LiveUpdatePhase.COMPLETED)
            .filter(u -> ofPair(u, from, to))
            .sorted(Comparator.comparing(Updates::finishedAt))
            .toList();
    if (failures.isEmpty()) {
      return new BackOff.None();
    }
    var last = failures.getLast();
    var name = last.getMetadata().getName();
    return failures.size() > BACK_OFF.size()
        ? new BackOff.Held(name)
        : new BackOff.Until(finishedAt(last).plus(BACK_OFF.get(failures.size() - 1)), name);
  }

  private static boolean ofPair(LiveUpdate update, String from, String to) {
    var status = Objects.requireNonNull(update.getStatus());
    var sideFrom = status.from();
    var sideTo = status.to();
    return sideFrom != null
        && sideTo != null
        && from.equals(sideFrom.image())
        && to.equals(sideTo.image())
        && !NO_FAULT_OF_THE_PAIR.contains(Objects.requireNonNullElse(status.reason(), ""));
  }

  private static Instant finishedAt(LiveUpdate update) {
    var at = Objects.requireNonNull(update.getStatus()).finishedAt();
    return at != null ? at : Instant.parse(update.getMetadata().getCreationTimestamp());
  }
}
