package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operator is killed in the middle: nothing is lost, and it finds everything again. */
class RestartIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void aCommitWhileTheOperatorIsAwayIsCleanedUpLater() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec(
        "web",
        Map.of(
            "vmm",
            Map.of("image", "moult.local/qemu:11"),
            "updatePolicy",
            Map.of("type", "Manual")));
    var update = world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, "up"));

    OPERATOR.whileKilled(() -> {
      world.handoff("up", world.verdict(update, "Commit", "Committed", "the guest runs"));
      world.guest("web", "running", "web-vmm-2", Map.of("qemuVersion", "11.1.3"));
    });

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, "up"));
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-2");
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(Objects.requireNonNull(status.vmm()).pod()).isEqualTo("web-vmm-2");
    assertThat(Objects.requireNonNull(status.updates()).completed()).isEqualTo(1);
    assertThat(status.restarts()).isZero();
  }

  @Test
  void aGuestThatRunsIsLeftAlone() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.eventually(() -> assertThat(world.condition("web", "Ready")).startsWith("TRUE"));
    var uid = world.pod("web-vmm-1").getMetadata().getUid();
    var before = world.machine("web").getMetadata().getResourceVersion();

    OPERATOR.whileKilled(() -> {});

    assertThat(world.pod("web-vmm-1").getMetadata().getUid()).isEqualTo(uid);
    assertThat(world.machine("web").getMetadata().getResourceVersion())
        .as("nothing is written that is equal")
        .isEqualTo(before);
    world.patchSpec("web", Map.of("runStrategy", "Halted"));
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
  }
}
