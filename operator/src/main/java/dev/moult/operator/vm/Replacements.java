package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.VmmPods;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The next VMM pod of a run whose QEMU is gone while its anchor lives: after a crash, or to take up
 * a guest that is put aside. Pure.
 */
final class Replacements {
  /** A QEMU that could not take the guest up is followed by another no sooner. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  /** Nothing runs in it any more, or its launcher waits in vain. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private Replacements() {}

  /** The dead QEMU's pod goes, and the next one comes at once. */
  static List<Action> afterCrash(Seen seen, Observation observation) {
    var crashed =
        observation
            .guest()
            .filter(guest -> guest.state() != null && guest.state().isEnd())
            .map(GuestStatus::vmmPod)
            .orElse("");
    var actions = new ArrayList<Action>();
    staying(observation)
        .filter(PodFacts::ended)
        .forEach(pod -> actions.add(removal(pod, new Action.Proviso.None())));
    if (candidates(observation).allMatch(pod -> name(pod).equals(crashed))) {
      creation(seen, observation).ifPresent(actions::add);
    }
    return actions;
  }

  /** No VMM pod is needed: the one that saved is dead, and one that was to take it up waits. */
  static List<Action> aside(Seen seen, Observation observation) {
    return staying(observation)
        .map(pod -> removal(pod, new Action.Proviso.Aside(seen.vm())))
        .toList();
  }

  /** One QEMU at a time tries to take the guest up. */
  static List<Action> resuming(Seen seen, Observation observation, Instant now) {
    var actions = new ArrayList<Action>();
    var desired = VmmPods.desiredImage(seen.vm(), seen.images());
    var ended = staying(observation).filter(PodFacts::ended).toList();
    var over =
        ended.stream()
            .filter(pod ->
                !PodFacts.vmmImage(pod).equals(Optional.of(desired))
                    || againAt(pod).filter(now::isBefore).isEmpty())
            .toList();
    over.forEach(pod -> actions.add(removal(pod, new Action.Proviso.Aside(seen.vm()))));
    // Another image was named meanwhile, and this one has not begun.
    var outdated =
        candidates(observation)
            .filter(pod -> !PodFacts.vmmImage(pod).equals(Optional.of(desired)))
            .filter(pod -> !inCharge(observation, pod))
            .toList();
    outdated.forEach(pod -> actions.add(removal(pod, new Action.Proviso.Aside(seen.vm()))));
    if (over.size() == ended.size() && candidates(observation).allMatch(outdated::contains)) {
      creation(seen, observation).ifPresent(actions::add);
    }
    return actions;
  }

  /** When the next QEMU may try. */
  static Optional<Instant> againAt(Observation observation) {
    return staying(observation)
        .filter(PodFacts::ended)
        .map(Replacements::againAt)
        .flatMap(Optional::stream)
        .min(Instant::compareTo);
  }

  private static Optional<Instant> againAt(Pod pod) {
    return PodFacts.time(pod.getMetadata().getCreationTimestamp()).map(at -> at.plus(AGAIN));
  }

  private static Stream<Pod> staying(Observation observation) {
    return observation.vmms().stream()
        .filter(pod -> !PodFacts.terminating(pod))
        .filter(pod -> !inCharge(observation, pod) || PodFacts.ended(pod));
  }

  /** Pods whose QEMU may have the guest, or will; those of LiveUpdates are not. */
  private static Stream<Pod> candidates(Observation observation) {
    return observation.vmms().stream()
        .filter(pod -> !PodFacts.terminating(pod) && !PodFacts.ended(pod))
        .filter(pod -> PodFacts.label(pod, ApiNames.UPDATE_UID_LABEL).isEmpty());
  }

  private static boolean inCharge(Observation observation, Pod pod) {
    return observation.guest().map(GuestStatus::vmmPod).equals(Optional.of(name(pod)));
  }

  private static Optional<Action> creation(Seen seen, Observation observation) {
    return observation
        .anchor()
        .flatMap(PodFacts::node)
        .map(node ->
            new Action.CreatePod(
                VmmPods.build(
                    seen.vm(),
                    new VmmPods.Order(
                        seen.unixUid(),
                        node,
                        VmmPods.nextRevision(seen.vm().getStatus(), seen.pods()),
                        VmmPods.desiredImage(seen.vm(), seen.images()),
                        VmmPods.cpuRequest(seen.vm()),
                        Optional.empty()),
                    seen.images())));
  }

  private static Action removal(Pod pod, Action.Proviso proviso) {
    return Action.DeletePod.within(pod, GRACE, proviso);
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getName();
  }
}
