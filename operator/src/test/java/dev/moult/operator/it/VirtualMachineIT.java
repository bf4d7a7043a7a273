package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class VirtualMachineIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void becomesAnAnchorAndAVmmAndRuns() {
    var world = OPERATOR.world();

    world.vm("web");
    world.running("web");

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    var anchor = world.pod("web-anchor");
    assertThat(status.nodeName()).isEqualTo(world.node);
    assertThat(status.runID()).isEqualTo(anchor.getMetadata().getUid());
    assertThat(status.address()).isEqualTo("10.1.2.3");
    assertThat(Objects.requireNonNull(status.vmm()).pod()).isEqualTo("web-vmm-1");
    assertThat(status.vmm().qemuVersion()).isEqualTo("10.0.2");
    assertThat(status.observedGeneration())
        .isEqualTo(world.machine("web").getMetadata().getGeneration());
    assertThat(Objects.requireNonNull(status.machine()).uid()).isBetween(100_000, 165_535);
    assertThat(anchor.getSpec().getSecurityContext().getRunAsUser())
        .isEqualTo(Objects.requireNonNull(status.machine().uid()).longValue())
        .isEqualTo(world.pod("web-vmm-1").getSpec().getSecurityContext().getRunAsUser());
    assertThat(anchor.getMetadata().getLabels()).containsEntry("app", "web");
    world.eventually(() -> assertThat(gate(world, "web-anchor")).isEqualTo("True"));
    assertThat(world.minAvailable("web")).isZero();
    world.eventually(() ->
        assertThat(world.eventReasons("VirtualMachine", "web"))
            .contains("Scheduling", "Starting", "Running"));
    assertThat(world.machine("web").getMetadata().getFinalizers()).containsExactly("moult.dev/vm");
  }

  @Test
  void isReadyOnceItsAddressIsKnown() {
    var world = OPERATOR.world();
    var shown = new CopyOnWriteArrayList<VirtualMachineStatus>();
    world.vm("web");
    try (var watch = world.vms("web").inform(new StatusesOf(shown))) {
      world.eventually(() -> assertThat(world.pods("web-anchor").get()).isNotNull());
      world.bind("web-anchor");
      world.eventually(() -> assertThat(world.pods("web-vmm-1").get()).isNotNull());
      world.bind("web-vmm-1");
      world.runs("web-vmm-1", "vmm", "500m");

      world.guest("web", "running", "web-vmm-1", Map.of());

      world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
      assertThat(world.condition("web", "Running")).isEqualTo("TRUE GuestRunning");
      assertThat(world.condition("web", "Ready")).isEqualTo("FALSE Progressing");
      world.runs("web-anchor", "anchor", "1m");
      world.eventually(
          () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
      world.eventually(() -> assertThat(shown).anyMatch(VirtualMachineIT::ready));
    }
    assertThat(shown)
        .filteredOn(VirtualMachineIT::ready)
        .allSatisfy(status -> assertThat(status.address()).isEqualTo("10.1.2.3"));
  }

  private static boolean ready(VirtualMachineStatus status) {
    return status.conditions().stream()
        .anyMatch(c -> c.type().equals("Ready") && c.status() == ConditionStatus.TRUE);
  }

  /** Keeps each status that a watch shows. */
  private record StatusesOf(List<VirtualMachineStatus> shown)
      implements ResourceEventHandler<VirtualMachine> {
    @Override
    public void onAdd(VirtualMachine vm) {
      Optional.ofNullable(vm.getStatus()).ifPresent(shown::add);
    }

    @Override
    public void onUpdate(VirtualMachine old, VirtualMachine vm) {
      onAdd(vm);
    }

    @Override
    public void onDelete(VirtualMachine vm, boolean unknown) {
      // none is deleted meanwhile
    }
  }

  @Test
  void writesNothingWhileNothingChanges() throws Exception {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.eventually(() -> assertThat(gate(world, "web-anchor")).isEqualTo("True"));
    var before = world.machine("web").getMetadata().getResourceVersion();
    var anchor = world.pod("web-anchor").getMetadata().getResourceVersion();

    world
        .pods("web-vmm-1")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"somebody.else/was\":\"here\"}}}");

    Thread.sleep(1500); // nothing to wait for: that nothing comes is the claim
    assertThat(world.machine("web").getMetadata().getResourceVersion()).isEqualTo(before);
    assertThat(world.pod("web-anchor").getMetadata().getResourceVersion()).isEqualTo(anchor);
  }

  @Test
  void haltedIsPoweredDownVmmFirstThenAnchor() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.patchSpec("web", Map.of("runStrategy", "Halted"));

    world.eventually(
        () -> assertThat(world.pod("web-vmm-1").getMetadata().getDeletionTimestamp()).isNotNull());
    assertThat(world.pod("web-vmm-1").getMetadata().getDeletionGracePeriodSeconds()).isEqualTo(5);
    assertThat(world.pod("web-anchor").getMetadata().getDeletionTimestamp()).isNull();
    world.guest("web", "stopped", "web-vmm-1", Map.of("reason", "PoweredDown"));
    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));
    assertThat(world.condition("web", "Ready")).isEqualTo("TRUE Halted");
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(status.nodeName()).isNull();
    assertThat(Objects.requireNonNull(status.lastTermination()).reason()).isEqualTo("PoweredDown");
  }

  @Test
  void theUidOutlivesTheRun() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var uid = Objects.requireNonNull(world.machine("web").getStatus()).machine();
    world.patchSpec("web", Map.of("runStrategy", "Halted"));
    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));

    world.patchSpec("web", Map.of("runStrategy", "Always"));

    world.running("web");
    assertThat(Objects.requireNonNull(world.machine("web").getStatus()).machine()).isEqualTo(uid);
  }

  @Test
  void deletionLeavesNothing() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.vms("web").delete();

    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> assertThat(world.vms("web").get()).isNull());
    assertThat(world.podNames()).isEmpty();
  }

  @Test
  void anImageThatCannotBePulledIsNamedAndMended() {
    var world = OPERATOR.world();
    world.vm("web");
    world.placed("web");

    world.waits("web-vmm-1", "vmm", "ErrImagePull", "no such image: moult.local/qemu:10");

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE ImagePullFailed"));
    assertThat(world.condition("web", "Stalled")).isEqualTo("TRUE ImagePullFailed");
    world.eventually(
        () -> assertThat(world.eventReasons("VirtualMachine", "web")).contains("ImagePullFailed"));

    world.patchSpec("web", Map.of("vmm", Map.of("image", "moult.local/qemu:11")));
    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.running("web");
    assertThat(world.pod("web-vmm-1").getSpec().getContainers().getFirst().getImage())
        .isEqualTo("moult.local/qemu:11");
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    assertThat(Objects.requireNonNull(world.machine("web").getStatus()).restarts()).isZero();
  }

  @Test
  void whatTheAgentSaysAboutAStartIsShown() {
    var world = OPERATOR.world();
    world.vm("web");
    world.placed("web");
    world.runs("web-vmm-1", "vmm", "500m");

    world.guest(
        "web",
        "failed",
        "web-vmm-1",
        Map.of("reason", "QemuNotFound", "message", "the image has no qemu-system-x86_64"));

    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.FAILED));
    assertThat(world.condition("web", "Ready")).isEqualTo("FALSE QemuNotFound");
    assertThat(world.condition("web", "Degraded")).isEqualTo("TRUE QemuNotFound");
    world.eventually(
        () -> assertThat(world.eventReasons("VirtualMachine", "web")).contains("QemuNotFound"));
  }

  @Test
  void aGuestThatIsLargerThanAnyNodeWaitsAndSaysSo() {
    var world = OPERATOR.world();
    world.vm("web");
    world.eventually(() -> assertThat(world.podNames()).contains("web-anchor"));

    world.unschedulable("web-anchor", "0/1 nodes are available: 1 Insufficient memory.");

    world.eventually(() ->
        assertThat(world.condition("web", "Scheduled")).isEqualTo("FALSE InsufficientMemory"));
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE InsufficientMemory"));
    world.patchSpec("web", Map.of("memory", Map.of("size", "256Mi")));
    world.eventually(() ->
        assertThat(world.memoryRequest("web-anchor"))
            .isEqualTo(new Quantity(Long.toString((256L + 64) << 20))));
  }

  @Test
  void aForeignPodOfItsNameIsNeverAdopted() {
    var world = OPERATOR.world();
    world.foreignPod("web-anchor", "1m", false);

    world.vm("web");

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE PodNameTaken"));
    assertThat(world.pod("web-anchor").getMetadata().getOwnerReferences()).isEmpty();
    world.eventually(
        () -> assertThat(world.eventReasons("VirtualMachine", "web")).contains("PodNameTaken"));
    world.pods("web-anchor").withGracePeriod(0).delete();
    world.running("web");
  }

  @Test
  void aGuestThatPowersItselfOffIsStartedAgainAfterTenSeconds() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var first = Objects.requireNonNull(world.machine("web").getStatus()).runID();

    world.guest("web", "stopped", "web-vmm-1", Map.of("reason", "GuestPoweredOff"));
    world.ends("web-vmm-1", "vmm", 0);

    var ended = Instant.now();
    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.PENDING));
    assertThat(world.condition("web", "Running")).isEqualTo("FALSE GuestPoweredOff");
    world.running("web");
    assertThat(Duration.between(ended, Instant.now())).isGreaterThan(Duration.ofSeconds(9));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(status.runID()).isNotEqualTo(first);
    assertThat(status.restarts()).isEqualTo(1);
    assertThat(Objects.requireNonNull(status.lastTermination()).reason())
        .isEqualTo("GuestPoweredOff");
  }

  @Test
  void whatOnlyARestartCanBringIsListed() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.patchSpec("web", Map.of("memory", Map.of("size", "1Gi"), "cpu", Map.of("cores", 4)));

    world.eventually(() ->
        assertThat(world.condition("web", "RestartRequired")).isEqualTo("TRUE RestartNeeded"));
    assertThat(
            Objects.requireNonNull(world.machine("web").getStatus()).conditions().stream()
                .filter(c -> c.type().equals("RestartRequired"))
                .findFirst()
                .orElseThrow()
                .message())
        .contains("spec.cpu.cores", "spec.memory.size");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void labelsFollowTheSpecOnTheRunningAnchor() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.patchSpec("web", Map.of("podMetadata", Map.of("labels", Map.of("tier", "front"))));
    world.eventually(() ->
        assertThat(world.pod("web-anchor").getMetadata().getLabels())
            .containsEntry("tier", "front")
            .containsEntry("app", "web"));
    var gone = new java.util.HashMap<String, Object>();
    gone.put("app", null);
    world.patchSpec("web", Map.of("podMetadata", Map.of("labels", gone)));

    world.eventually(() ->
        assertThat(world.pod("web-anchor").getMetadata().getLabels())
            .containsEntry("tier", "front")
            .doesNotContainKey("app"));
  }

  @Test
  void aVmmPodThatSomebodyDeletesEndsTheRun() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.pods("web-vmm-1").delete();

    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
    world.eventually(() -> assertThat(gate(world, "web-anchor")).isEqualTo("False"));
    assertThat(
            Objects.requireNonNull(
                    Objects.requireNonNull(world.machine("web").getStatus()).lastTermination())
                .reason())
        .isEqualTo("PodDeleted");
  }

  @Test
  void theOperatorIsNeverRefusedByItsRole() {
    assertThat(OperatorProcess.log()).doesNotContain("is forbidden: User");
  }

  private static String gate(World world, String pod) {
    return List.copyOf(world.pod(pod).getStatus().getConditions()).stream()
        .filter(c -> c.getType().equals("moult.dev/guest"))
        .map(PodCondition::getStatus)
        .findFirst()
        .orElse("none");
  }
}
