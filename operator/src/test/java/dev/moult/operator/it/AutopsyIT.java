package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.AutopsyPhase;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsySpec;
import dev.moult.api.v1alpha1.VirtualMachineAutopsyStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operator's part in autopsies, with its own rights. */
class AutopsyIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void theNodeIsNamedAndTheAgentsWordIsFollowed() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    create(world, "one", "10m");

    world.eventually(() -> {
      assertThat(status(world, "one").nodeName()).isEqualTo(world.node);
      assertThat(status(world, "one").phase()).isEqualTo(AutopsyPhase.PENDING);
    });
    String uid = autopsies(world, "one").get().getMetadata().getUid();
    autopsies(world, "one")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"findings": {"uid": "%s", "readable": true, "log": "[    0.000000] a"}}}
            """
                .formatted(uid));
    world.eventually(
        () -> assertThat(status(world, "one").phase()).isEqualTo(AutopsyPhase.COMPLETED));
    assertThat(Objects.requireNonNull(status(world, "one").findings()).log())
        .as("the agent's own field")
        .isEqualTo("[    0.000000] a");
  }

  @Test
  void whatHasNoMemoryFailsAndGoesAtItsTime() {
    var world = OPERATOR.world();

    create(world, "none", "10s");

    world.eventually(() -> {
      assertThat(status(world, "none").phase()).isEqualTo(AutopsyPhase.FAILED);
      assertThat(status(world, "none").message()).isEqualTo("There is no VirtualMachine web.");
    });
    world.eventually(() -> assertThat(autopsies(world, "none").get()).isNull());
  }

  private static void create(World world, String name, String ttl) {
    var autopsy = new VirtualMachineAutopsy();
    autopsy.setMetadata(
        new ObjectMetaBuilder().withNamespace(world.namespace).withName(name).build());
    autopsy.setSpec(new VirtualMachineAutopsySpec("web", null, ttl));
    var unused = world.client.resource(autopsy).create();
  }

  private static VirtualMachineAutopsyStatus status(World world, String name) {
    var status = autopsies(world, name).require().getStatus();
    assertThat(status).isNotNull();
    return status;
  }

  private static Resource<VirtualMachineAutopsy> autopsies(World world, String name) {
    return world
        .client
        .resources(VirtualMachineAutopsy.class)
        .inNamespace(world.namespace)
        .withName(name);
  }
}
