package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FootprintIT {
  private static final int MACHINES = 100;

  /** What the operator may take on a small cluster. */
  private static final long RESIDENT_MEBIBYTES = 250;

  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void cachesHoldNoManagedFieldsAndTheProcessStaysSmall() throws IOException {
    var world = OPERATOR.world();
    for (int i = 0; i < MACHINES; i++) {
      world.vm(
          "vm-" + i,
          spec -> {
            spec.put("runStrategy", "Halted");
            return spec;
          });
    }
    world.eventually(() ->
        assertThat(
                world
                    .client
                    .resources(VirtualMachine.class)
                    .inNamespace(world.namespace)
                    .list()
                    .getItems())
            .allMatch(vm ->
                vm.getStatus() != null && vm.getStatus().phase() == VirtualMachinePhase.STOPPED));

    world.eventually(() ->
        assertThat(
                OPERATOR.operator().instances("io.fabric8.kubernetes.api.model.ManagedFieldsEntry"))
            .as("of %s VMs with three each", MACHINES)
            .isLessThan(MACHINES));
    var resident = OPERATOR.operator().residentMebibytes();
    System.out.println("resident memory of the operator: " + resident + " MiB");
    assertThat(resident).isLessThanOrEqualTo(RESIDENT_MEBIBYTES);
  }

  @Test
  void aLeaseIsTakenWhenReplicasAreToAgree() {
    try (var second =
        OperatorProcess.start(OPERATOR.api(), Map.of("MOULT_LEADER_ELECTION", "true"))) {
      OPERATOR
          .world()
          .eventually(() ->
              assertThat(
                      OPERATOR
                          .client()
                          .leases()
                          .inNamespace("moult-system")
                          .withName("moult-operator")
                          .require()
                          .getSpec()
                          .getHolderIdentity())
                  .isNotBlank());
      assertThat(second.page("/q/health/live")).contains("UP");
    }
  }

  private static LeaseSpec lease() {
    return OPERATOR
        .client()
        .leases()
        .inNamespace("moult-system")
        .withName("moult-operator")
        .require()
        .getSpec();
  }
}
