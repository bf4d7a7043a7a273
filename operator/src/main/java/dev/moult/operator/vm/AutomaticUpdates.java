package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateSpecBuilder;
import dev.moult.api.v1alpha1.UpdatePolicyType;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.VmmPods;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** LiveUpdates that the operator makes by itself when {@code spec.vmm} has changed. Pure. */
final class AutomaticUpdates {
  private AutomaticUpdates() {}

  /** When the next one is due; empty when none is, or when it is held. */
  static Optional<Instant> dueAt(Seen seen, Observation observation, Instant now) {
    var policy = seen.vm().getSpec().updatePolicy();
    var wanted =
        policy.type() == UpdatePolicyType.AUTOMATIC
            && !Boolean.TRUE.equals(policy.paused())
            && !seen.node().lost()
            && seen.node().agentAway().isEmpty()
            && seen.updates().stream().allMatch(Updates::ended);
    var desired = VmmPods.desiredImage(seen.vm(), seen.images());
    return observation
        .charge()
        .flatMap(PodFacts::vmmImage)
        .filter(image -> wanted && !image.equals(desired))
        .flatMap(image ->
            switch (Updates.backOff(seen.updates(), image, desired)) {
              case Updates.BackOff.None none -> Optional.of(now);
              case Updates.BackOff.Until until -> Optional.of(until.at());
              case Updates.BackOff.Held held -> Optional.empty();
            });
  }

  /** A LiveUpdate of the virtual machine, which owns it. */
  static LiveUpdate build(VirtualMachine vm, Duration ttl) {
    var update = new LiveUpdate();
    update.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(vm.getMetadata().getNamespace())
            .withGenerateName(vm.getMetadata().getName() + "-")
            .addToLabels(ApiNames.VM_LABEL, vm.getMetadata().getName())
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(vm.getApiVersion())
                    .withKind(vm.getKind())
                    .withName(vm.getMetadata().getName())
                    .withUid(vm.getMetadata().getUid())
                    .withController(true)
                    .build())
            .build());
    update.setSpec(
        LiveUpdateSpecBuilder.builder()
            .virtualMachine(vm.getMetadata().getName())
            .ttlAfterFinished(HumanDuration.format(ttl))
            .build());
    return update;
  }
}
