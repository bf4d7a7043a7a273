package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.EvictionStrategy;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;

/**
 * Builds the disruption budget of a virtual machine's pods: an eviction is refused while a live
 * update is under way, and always where the guest is to stay.
 */
public final class Budgets {
  /** Anchor and one VMM. */
  private static final int RUNNING = 2;

  /** Anchor, old VMM and new VMM. */
  private static final int UPDATING = 3;

  private Budgets() {}

  /** The budget while the guest runs: with the strategy Shutdown it forbids nothing. */
  public static PodDisruptionBudget running(VirtualMachine vm) {
    return build(vm, vm.getSpec().evictionStrategy() == EvictionStrategy.NONE ? RUNNING : 0);
  }

  /** The budget of a handoff: it forbids every eviction. */
  public static PodDisruptionBudget updating(VirtualMachine vm) {
    return build(vm, UPDATING);
  }

  /** By an integer number of live pods, since percentages need a scale subresource. */
  private static PodDisruptionBudget build(VirtualMachine vm, int minAvailable) {
    return new PodDisruptionBudgetBuilder()
        .withNewMetadata()
        .withNamespace(vm.getMetadata().getNamespace())
        .withName(vm.getMetadata().getName() + "-vm")
        .addToLabels(ApiNames.VM_LABEL, vm.getMetadata().getName())
        .withOwnerReferences(PodCommon.owner(vm))
        .endMetadata()
        .withNewSpec()
        .withMinAvailable(new IntOrString(minAvailable))
        .withNewSelector()
        .addToMatchLabels(ApiNames.VM_UID_LABEL, vm.getMetadata().getUid())
        .endSelector()
        .endSpec()
        .build();
  }
}
