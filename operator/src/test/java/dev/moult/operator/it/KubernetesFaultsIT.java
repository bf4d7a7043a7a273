package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import io.fabric8.kubernetes.api.model.LimitRangeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Kubernetes and its users do to a guest behind the operator's back. */
class KubernetesFaultsIT {
  private static final Map<String, ?> MANUAL =
      Map.of(
          "vmm", Map.of("image", "moult.local/qemu:11"), "updatePolicy", Map.of("type", "Manual"));
  private static final String FINALIZER = "moult.dev/proof-of-death";

  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void aPodThatIsDeletedByForceIsHeldUntilTheKubeletSaysThatItHasEnded() throws Exception {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.forceDelete("web-vmm-1");

    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
    Thread.sleep(1500); // nothing to wait for: that nothing happens is the claim
    assertThat(world.pod("web-vmm-1").getMetadata().getFinalizers()).containsExactly(FINALIZER);
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
    world.ends("web-vmm-1", "vmm", 137);
    world.eventually(() -> assertThat(world.pods("web-vmm-1").get()).isNull());
    world.removes("web-anchor");
    world.eventually(() -> assertThat(world.podNames()).isEmpty());
  }

  @Test
  void noSecondRunStartsWhileTheNodeIsLostWithoutTheTaint() throws Exception {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var first = world.pod("web-anchor").getMetadata().getUid();

    world.nodeIsSilent();

    world.eventually(
        () -> assertThat(world.condition("web", "Running")).isEqualTo("UNKNOWN NodeLost"));
    assertThat(world.condition("web", "Degraded")).isEqualTo("TRUE NodeLost");
    for (var pod : List.of("web-vmm-1", "web-anchor")) {
      world.forceDelete(pod);
      world.garbageCollectionFails(pod);
      world.forceDelete(pod);
    }
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
    Thread.sleep(1500); // nothing to wait for: that nothing happens is the claim
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
    assertThat(world.pod("web-anchor").getMetadata().getUid()).isEqualTo(first);

    world.nodeIsOutOfService();

    world.eventually(
        () -> assertThat(world.pod("web-anchor").getMetadata().getUid()).isNotEqualTo(first));
  }

  @Test
  void theTaintAloneEndsTheRun() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var first = world.pod("web-anchor").getMetadata().getUid();

    world.nodeIsOutOfService();

    world.eventually(
        () -> assertThat(world.pod("web-anchor").getMetadata().getUid()).isNotEqualTo(first));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(Objects.requireNonNull(status.lastTermination()).reason())
        .isEqualTo("NodeOutOfService");
    assertThat(world.podNames()).containsExactly("web-anchor");
  }

  @Test
  void aDeletedNodeProvesNothing() throws Exception {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.client.nodes().withName(world.node).delete();

    world.eventually(
        () -> assertThat(world.condition("web", "Running")).isEqualTo("UNKNOWN NodeLost"));
    world.forceDelete("web-vmm-1");
    world.forceDelete("web-anchor");
    Thread.sleep(1500); // nothing to wait for: that nothing happens is the claim
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void aPodWithoutANodeIsLetGoOfAtOnce() {
    var world = OPERATOR.world();
    world.vm("web");
    world.eventually(() -> assertThat(world.podNames()).containsExactly("web-anchor"));

    world.patchSpec("web", Map.of("runStrategy", "Halted"));

    world.eventually(() -> assertThat(world.podNames()).isEmpty());
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));
  }

  @Test
  void aCordonIsShownAndKeepsNobodyFromAnUpdate() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.cordon(true);

    world.eventually(
        () -> assertThat(world.condition("web", "Scheduled")).isEqualTo("TRUE NodeCordoned"));
    world.patchSpec("web", MANUAL);
    world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    assertThat(world.pod("web-vmm-2").getSpec().getTolerations())
        .anyMatch(t -> "node.kubernetes.io/unschedulable".equals(t.getKey()));
    world.cordon(false);
    world.eventually(
        () -> assertThat(world.condition("web", "Scheduled")).isEqualTo("TRUE Scheduled"));
  }

  @Test
  void theEvictionStrategyDecidesOnTheBudget() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.eventually(() -> assertThat(world.minAvailable("web")).isZero());

    world.patchSpec("web", Map.of("evictionStrategy", "None"));

    world.eventually(() -> assertThat(world.minAvailable("web")).isEqualTo(2));
  }

  @Test
  void aLimitRangeRefusesAnUpdateBeforeAnythingIsTouched() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    world
        .client
        .resource(
            new LimitRangeBuilder()
                .withNewMetadata()
                .withName("large")
                .withNamespace(world.namespace)
                .endMetadata()
                .withNewSpec()
                .addNewLimit()
                .withType("Container")
                .addToMin("cpu", new Quantity("2"))
                .endLimit()
                .endSpec()
                .build())
        .create();

    world.update("up", Map.of("virtualMachine", "web"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, "up"));
    var status = Objects.requireNonNull(world.liveUpdate("up").getStatus());
    assertThat(status.reason()).isEqualTo("LimitRangeForbids");
    assertThat(status.message()).contains("minimum cpu usage per Container", "spec.cpu.request");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @ParameterizedTest
  @EnumSource(
      value = LiveUpdatePhase.class,
      names = {"PREPARING", "CHECKING", "TRANSFERRING", "COMMITTING"})
  void aMachineThatIsDeletedDuringAnUpdateWaitsForTheVerdict(LiveUpdatePhase phase) {
    var world = OPERATOR.world();
    var update = updateIn(world, phase);

    world.vms("web").delete();

    if (phase != LiveUpdatePhase.COMMITTING) {
      world.eventually(
          () -> assertThat(world.machine("web").getMetadata().getDeletionTimestamp()).isNotNull());
      assertThat(world.pod("web-vmm-1").getMetadata().getDeletionTimestamp()).isNull();
      assertThat(world.pod("web-vmm-2").getMetadata().getDeletionTimestamp()).isNull();
      world.handoff("up", world.verdict(update, "RollBack", "Cancelled", "to stop"));
    }
    var holder = phase == LiveUpdatePhase.COMMITTING ? "web-vmm-2" : "web-vmm-1";
    var loser = phase == LiveUpdatePhase.COMMITTING ? "web-vmm-1" : "web-vmm-2";
    world.removes(loser);
    world.removes(holder);
    world.removes("web-anchor");
    world.eventually(() -> assertThat(world.vms("web").get()).isNull());
    assertThat(world.podNames()).isEmpty();
    world.eventually(() -> assertThat(phase(world)).isIn("COMPLETED", "ROLLED_BACK"));
  }

  @ParameterizedTest
  @EnumSource(
      value = LiveUpdatePhase.class,
      names = {"PREPARING", "CHECKING", "TRANSFERRING", "COMMITTING"})
  void aDeletedUpdateIsHeldUntilItsVerdict(LiveUpdatePhase phase) throws Exception {
    var world = OPERATOR.world();
    var update = updateIn(world, phase);

    OPERATOR.client().resource(update).delete();

    if (phase != LiveUpdatePhase.COMMITTING) {
      Thread.sleep(1000); // nothing to wait for: that nothing happens is the claim
      assertThat(world.liveUpdate("up").getMetadata().getFinalizers())
          .containsExactly("moult.dev/handoff");
      assertThat(world.pod("web-vmm-2").getMetadata().getDeletionTimestamp()).isNull();
      world.handoff("up", world.verdict(update, "RollBack", "Cancelled", "deleted"));
    }
    world.removes(phase == LiveUpdatePhase.COMMITTING ? "web-vmm-1" : "web-vmm-2");
    if (phase == LiveUpdatePhase.COMMITTING) {
      world.runs("web-vmm-2", "vmm", "500m");
    }
    world.eventually(() -> assertThat(OPERATOR.client().resource(update).get()).isNull());
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
    assertThat(world.podNames()).hasSize(2);
  }

  /** Brings an update of a machine {@code web} into a phase, in which it waits for an agent. */
  private static LiveUpdate updateIn(World world, LiveUpdatePhase phase) {
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    var update = world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    if (phase == LiveUpdatePhase.PREPARING) {
      world.eventually(() -> world.assertPhase(phase, "up"));
      return update;
    }
    var cpu = phase == LiveUpdatePhase.COMMITTING ? "1m" : "500m";
    world.runs("web-vmm-2", "vmm", cpu);
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, "up"));
    if (phase == LiveUpdatePhase.TRANSFERRING) {
      world.handoff("up", Map.of("conditions", List.of(world.checked())));
      world.eventually(() -> world.assertPhase(phase, "up"));
    }
    if (phase == LiveUpdatePhase.COMMITTING) {
      world.handoff("up", world.verdict(update, "Commit", "Committed", "the guest runs"));
      world.guest("web", "running", "web-vmm-2", Map.of("qemuVersion", "11.1.3"));
      world.eventually(() -> world.assertPhase(phase, "up"));
      world.eventually(
          () -> assertThat(world.condition("web", "Degraded")).isEqualTo("TRUE CpuPending"));
    }
    return update;
  }

  private static String phase(World world) {
    return String.valueOf(Objects.requireNonNull(world.liveUpdate("up").getStatus()).phase());
  }
}
