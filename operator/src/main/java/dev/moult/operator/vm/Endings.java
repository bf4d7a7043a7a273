package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.TerminationStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a guest ended, and when it is started again. Pure. */
final class Endings {
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** A run that lasted so long was a good one: the back-off begins anew. */
  private static final Duration GOOD_RUN = Duration.ofMinutes(10);

  /** Two nodes' clocks differ by less. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private static final Set<VmState> LIVING =
      Set.of(
          VmState.SCHEDULING,
          VmState.STARTING,
          VmState.RUNNING,
          VmState.UPDATING,
          VmState.RESTARTING,
          VmState.KEPT,
          VmState.SUSPENDING,
          VmState.SUSPENDED,
          VmState.RESUMING);

  private Endings() {}

  /** Whether a run is about to begin or goes on in this state. */
  static boolean living(VmState state) {
    return LIVING.contains(state);
  }

  /** Whether this change of state ends a run that should have gone on. */
  static boolean unwished(VmState from, VmState to, boolean wished, Sight sight) {
    return wished
        && LIVING.contains(from)
        && from != VmState.KEPT // told when it began
        && (to == VmState.FAILED
            || replaces(from, to)
            || (to == VmState.STOPPING && sight != Sight.OUTDATED));
  }

  /** Whether the guest ended, and its anchor stays. */
  private static boolean replaces(VmState from, VmState to) {
    return (to == VmState.RESTARTING || to == VmState.KEPT) && from != to;
  }

  /** Whether a QEMU that crashed is replaced at once: not one that does so again and again. */
  static boolean again(@Nullable VirtualMachineStatus status, Instant now) {
    var last = status == null ? null : status.lastTermination();
    return last == null
        || last.at() == null
        || !now.isBefore(last.at().plus(GOOD_RUN))
        || ahead(last, now);
  }

  /** {@code status.lastTermination} after a change of state. */
  static @Nullable TerminationStatus after(
      @Nullable VirtualMachineStatus status,
      VmState from,
      VmState to,
      boolean wished,
      Observation seen,
      Instant now) {
    var last = status == null ? null : status.lastTermination();
    if (unwished(from, to, wished, seen.sight())) {
      var ending = seen.ending().orElseGet(() -> givenUp(seen));
      var delay = delay(last, Observer.age(seen, now));
      return new TerminationStatus(
          ending.reason(), ending.message(), now, replaces(from, to) ? null : now.plus(delay));
    }
    if (to != VmState.STOPPING || wished) {
      return last;
    }
    var over = seen.sight() == Sight.ENDED || seen.sight() == Sight.CRASHED;
    if (living(from) && (over || seen.givenUp(from))) {
      var ending = seen.ending().orElseGet(() -> givenUp(seen));
      return new TerminationStatus(ending.reason(), ending.message(), now, null);
    }
    return toldOf(last, seen) ? last : orderly(last, seen);
  }

  /** Whether the back-off forbids a new run for now; a changed spec is tried at once. */
  static boolean held(
      @Nullable VirtualMachineStatus status, @Nullable Long generation, Instant now) {
    if (status == null || status.lastTermination() == null) {
      return false;
    }
    var last = status.lastTermination();
    var changed = generation != null && !generation.equals(status.observedGeneration());
    return last.retryAt() != null && now.isBefore(last.retryAt()) && !changed && !ahead(last, now);
  }

  /** Whether the clock was set back since: the back-off must not last until it has caught up. */
  private static boolean ahead(TerminationStatus last, Instant now) {
    return last.at() != null && now.plus(SKEW).isBefore(last.at());
  }

  /** That Kubernetes itself took a pod away, by a drain, say. */
  static Optional<Ending> disrupted(Stream<Pod> pods) {
    return pods.filter(pod -> PodFacts.terminating(pod) || PodFacts.ended(pod))
        .flatMap(pod ->
            PodFacts.condition(pod, "DisruptionTarget").stream()
                .filter(c -> "True".equals(c.getStatus()))
                .map(c ->
                    Ending.of(
                        disruption(String.valueOf(c.getReason())),
                        pod.getMetadata().getName()
                            + ": "
                            + c.getReason()
                            + ": "
                            + c.getMessage())))
        .findFirst();
  }

  private static Reason disruption(String reason) {
    return switch (reason) {
      case "PreemptionByScheduler" -> Reason.PREEMPTED;
      case "DeletionByPodGC" -> Reason.NODE_LOST;
      default -> Reason.EVICTED; // EvictionByEvictionAPI, DeletionByTaintManager, …ByKubelet
    };
  }

  private static Ending givenUp(Observation seen) {
    var waiting = seen.anchor().filter(PodFacts::waits).filter(pod -> !PodFacts.everRan(pod));
    if (waiting.isPresent()) {
      // Of a volume that cannot be attached or mounted the kubelet tells in events alone.
      var name = waiting.get().getMetadata().getName();
      return Ending.of(
          Reason.POD_START_FAILED,
          name + " was not started in time; its events say why: kubectl describe pod " + name);
    }
    return seen.guest().isEmpty()
        ? Ending.of(Reason.AGENT_NOT_READY, "no agent took charge of the guest in time")
        : Ending.of(Reason.VMM_FAILED_TO_START, "the guest did not run in time");
  }

  private static Duration delay(@Nullable TerminationStatus last, Duration age) {
    if (last == null
        || last.at() == null
        || last.retryAt() == null
        || age.compareTo(GOOD_RUN) >= 0) {
      return FIRST;
    }
    var twice = Duration.between(last.at(), last.retryAt()).multipliedBy(2);
    return twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
  }

  /** Whether it is about this run already. */
  private static boolean toldOf(@Nullable TerminationStatus last, Observation seen) {
    var begun =
        seen.anchor().flatMap(pod -> PodFacts.time(pod.getMetadata().getCreationTimestamp()));
    var at = last == null ? null : last.at();
    return at != null && begun.filter(at::isAfter).isPresent();
  }

  /** A wished end, once the agent has said how it went. */
  private static @Nullable TerminationStatus orderly(
      @Nullable TerminationStatus last, Observation seen) {
    return seen.guest()
        .filter(g -> g.state() != null && g.state().isEnd())
        .flatMap(g ->
            Optional.ofNullable(g.reason())
                .map(reason -> new TerminationStatus(reason, g.message(), g.since(), null)))
        .orElse(last);
  }
}
