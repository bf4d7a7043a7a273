package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two operators on one API server: by mistake without a lease, and as replicas with one. */
class TwoOperatorsIT {
  private static final Map<String, ?> NEW_IMAGE =
      Map.of("vmm", Map.of("image", "moult.local/qemu:11"));
  private static final Map<String, String> LEASE = Map.of("MOULT_LEADER_ELECTION", "true");

  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void withoutALeaseTheyDoNoHarm() {
    var world = OPERATOR.world();
    try (var second = OperatorProcess.start(OPERATOR.api(), Map.of())) {
      world.vm("web");
      world.running("web");
      var anchor = world.pod("web-anchor").getMetadata().getUid();

      update(world);

      var status = Objects.requireNonNull(world.machine("web").getStatus());
      assertThat(Objects.requireNonNull(status.updates()).completed()).isEqualTo(1);
      assertThat(status.restarts()).isZero();
      assertThat(world.pod("web-anchor").getMetadata().getUid()).isEqualTo(anchor);
      assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-2");
      world.patchSpec("web", Map.of("runStrategy", "Halted"));
      world.removes("web-vmm-2");
      world.removes("web-anchor");
      world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));
      assertThat(second.page("/q/health/live")).contains("UP");
    }
  }

  @Test
  void withALeaseTheOtherGoesOnWhenTheFirstIsKilled() {
    var world = OPERATOR.world();
    OPERATOR.whileKilled(() -> {
      var first = OperatorProcess.start(OPERATOR.api(), LEASE);
      world.vm("web");
      world.running("web");
      try (var second = OperatorProcess.start(OPERATOR.api(), LEASE)) {
        world.patchSpec("web", NEW_IMAGE);
        world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());

        first.kill();

        update(world);
        assertThat(second.page("/q/health/live")).contains("UP");
      } finally {
        first.kill();
      }
    });
  }

  /** Plays scheduler, kubelet and agent of an automatic update to its end. */
  private static void update(World world) {
    world.patchSpec("web", NEW_IMAGE);
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    var name =
        world.liveUpdates().stream()
            .filter(u -> u.getStatus() != null && u.getStatus().to() != null)
            .map(u -> u.getMetadata().getName())
            .findFirst()
            .orElseThrow();
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, name));
    world.handoff(
        name, world.verdict(world.liveUpdate(name), "Commit", "Committed", "the guest runs"));
    world.guest("web", "running", "web-vmm-2", Map.of("qemuVersion", "11.1.3"));
    world.removes("web-vmm-1");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, name));
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
  }
}
