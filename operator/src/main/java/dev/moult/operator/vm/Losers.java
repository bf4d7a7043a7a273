package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Verdict;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which VMM pods cannot hold the guest, judged by objects that were read live a moment ago. Pure:
 * the last look before a deletion.
 */
public final class Losers {
  /** By then the agent has said what it knows of an update that ended without its verdict. */
  private static final Duration LAST_WORD = Duration.ofMinutes(1);

  /**
   * By then a kubelet and an agent that were cut off from the API server have told of a pod that
   * ran meanwhile: they dial again within seconds.
   */
  private static final Duration UNTOLD = Duration.ofSeconds(15);

  private Losers() {}

  /**
   * Whether the pod lost this handoff. The old one loses by the verdict Commit alone; the new one
   * by every other, or, when the update ended without one, as it is {@link #unusedAt unused}.
   */
  public static boolean loses(LiveUpdate update, Pod pod, Instant now) {
    var verdict = Updates.verdict(update);
    if (Updates.beganWith(update, pod)) {
      return verdict.equals(Optional.of(Verdict.COMMIT));
    }
    return Updates.madeFor(update, pod)
        && verdict
            .map(v -> v != Verdict.COMMIT)
            .orElseGet(() ->
                finishedAt(update)
                    .flatMap(end -> unusedAt(end, pod))
                    .filter(at -> !now.isBefore(at))
                    .isPresent());
  }

  /**
   * From when on it is sure that the guest never came into the new pod of an update that ended then
   * without a verdict; empty when only the agent can say, as something ran in it.
   */
  public static Optional<Instant> unusedAt(Instant end, Pod pod) {
    if (PodFacts.ended(pod) || PodFacts.node(pod).isEmpty()) {
      return Optional.of(end);
    }
    return PodFacts.everRan(pod) ? Optional.empty() : Optional.of(end.plus(UNTOLD));
  }

  /**
   * Whether the agent names another pod as the guest's, and no LiveUpdate speaks for this one.
   *
   * @param updates LiveUpdates of the namespace
   */
  public static boolean isStray(VirtualMachine vm, List<LiveUpdate> updates, Pod pod, Instant now) {
    var status = vm.getStatus();
    var holder =
        Optional.ofNullable(status == null ? null : status.guest())
            .filter(g -> g.runID() != null && g.runID().equals(status.runID()))
            .map(GuestStatus::vmmPod);
    return holder.filter(h -> !h.equals(pod.getMetadata().getName())).isPresent()
        && updates.stream()
            .filter(u -> u.getSpec().virtualMachine().equals(vm.getMetadata().getName()))
            .noneMatch(u -> speaksFor(u, pod, now));
  }

  /** Whether the agent says that the guest is put aside, and not that this pod takes it up. */
  public static boolean isUnusedAside(VirtualMachine vm, Pod pod) {
    var status = vm.getStatus();
    return Optional.ofNullable(status == null ? null : status.guest())
        .filter(g -> g.runID() != null && g.runID().equals(status.runID()))
        .filter(g -> g.state() == GuestState.SUSPENDED)
        .filter(g -> !pod.getMetadata().getName().equals(g.vmmPod()))
        .isPresent();
  }

  /**
   * Whether a LiveUpdate may still have a use for the pod: it is under way with it, has committed
   * to it, or has ended so lately that it is about to remove the pod, or the agent to speak.
   */
  static boolean speaksFor(LiveUpdate update, Pod pod, Instant now) {
    if (Updates.underWay(update)) {
      return Updates.beganWith(update, pod) || Updates.madeFor(update, pod);
    }
    return Updates.madeFor(update, pod)
        && (committed(update) || lastWord(update).filter(now::isBefore).isPresent());
  }

  /** Until when an update that ended otherwise than by a commit may still deal with its new pod. */
  static Optional<Instant> lastWord(LiveUpdate update) {
    return finishedAt(update).filter(end -> !committed(update)).map(end -> end.plus(LAST_WORD));
  }

  private static Optional<Instant> finishedAt(LiveUpdate update) {
    return Optional.ofNullable(update.getStatus())
        .filter(status -> Updates.ended(update))
        .map(LiveUpdateStatus::finishedAt);
  }

  private static boolean committed(LiveUpdate update) {
    return Updates.verdict(update).equals(Optional.of(Verdict.COMMIT));
  }
}
