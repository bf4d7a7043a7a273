package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;

/** Builds the disruption budget that keeps evictions away from a virtual machine's pods. */
public final class Budgets {
  /** Anchor and one VMM. */
  public static final int RUNNING = 2;

  /** Anchor, old VMM and new VMM. */
  public static final int UPDATING = 3;

  private Budgets() {}

  /**
   * A budget that forbids every eviction.
   *
   * @param minAvailable number of live pods; an integer, since percentages need a scale subresource
   */
  public static PodDisruptionBudget build(VirtualMachine vm, int minAvailable) {
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
