package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.VmmPods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * The VMM pod that a live update would create now: whether the namespace takes it is found out
 * before anybody asks for an update. Pure.
 */
final class NextPod {
  private NextPod() {}

  /** Why it would be refused, as far as that is known before anything is asked. */
  static Optional<Trouble> refusal(Seen seen, Observation observation, VmState state) {
    if (state == VmState.UPDATING || (state == VmState.RUNNING && !proved(seen, observation))) {
      return Optional.ofNullable(seen.vm().getStatus())
          .map(VirtualMachineStatus::podBlocker)
          .map(known ->
              new Trouble(reason(known.reason()), Objects.requireNonNullElse(known.message(), "")));
    }
    return Optional.empty();
  }

  /** The question whether it would be taken; empty when that is known anyway. */
  static Optional<Action> inquiry(Seen seen, Observation observation) {
    var node = observation.anchor().flatMap(PodFacts::node);
    if (observation.sight() != Sight.RUNNING || node.isEmpty() || proved(seen, observation)) {
      return Optional.empty();
    }
    return Optional.of(
        new Action.AskForRoom(
            seen.vm().getMetadata().getUid(),
            seen.allowance().question(seen.vm(), seen.images()),
            pod(seen, node.get(), VmmPods.cpuRequest(seen.vm())),
            pod(seen, node.get(), VmmPods.TINY_CPU)));
  }

  /** Where nothing limits pods, one that is as the next would be proves that it would be taken. */
  private static boolean proved(Seen seen, Observation observation) {
    var desired = VmmPods.desiredImage(seen.vm(), seen.images());
    var cpu = VmmPods.cpuRequest(seen.vm()).getNumericalAmount();
    return seen.allowance().unlimited()
        && observation
            .charge()
            .filter(pod -> PodFacts.vmmImage(pod).equals(Optional.of(desired)))
            .flatMap(PodFacts::cpuWished)
            .filter(wished -> wished.getNumericalAmount().compareTo(cpu) == 0)
            .isPresent();
  }

  private static Pod pod(Seen seen, String node, Quantity cpu) {
    return VmmPods.build(
        seen.vm(),
        new VmmPods.Order(
            seen.unixUid(),
            node,
            VmmPods.nextRevision(seen.vm().getStatus(), seen.pods()),
            VmmPods.desiredImage(seen.vm(), seen.images()),
            cpu,
            Optional.empty()),
        seen.images());
  }

  private static Reason reason(String value) {
    return Arrays.stream(Reason.values())
        .filter(reason -> reason.value().equals(value))
        .findFirst()
        .orElse(Reason.POD_REFUSED);
  }
}
