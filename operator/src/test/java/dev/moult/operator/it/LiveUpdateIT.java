package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LiveUpdateIT {
  private static final Map<String, ?> NEW_IMAGE =
      Map.of("vmm", Map.of("image", "moult.local/qemu:11"));
  private static final Map<String, ?> MANUAL =
      Map.of(
          "vmm", Map.of("image", "moult.local/qemu:11"), "updatePolicy", Map.of("type", "Manual"));

  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void aChangedImageIsBroughtByAnAutomaticUpdate() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.patchSpec("web", NEW_IMAGE);

    world.eventually(() -> assertThat(world.updateNames()).hasSize(1));
    var name = world.updateNames().getFirst();
    assertThat(name).startsWith("web-");
    assertThat(world.liveUpdate(name).getSpec().ttlAfterFinished()).isEqualTo("72h");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.UPDATING));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    assertThat(cpu(world.pod("web-vmm-2"))).isEqualTo(new Quantity("500m"));
    assertThat(world.pod("web-vmm-2").getMetadata().getLabels())
        .containsEntry("moult.dev/update-uid", world.liveUpdate(name).getMetadata().getUid())
        .containsEntry("moult.dev/revision", "2");
    assertThat(world.minAvailable("web")).isEqualTo(3);
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, name));
    world.handoff(name, Map.of("conditions", List.of(world.checked())));
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.TRANSFERRING, name));
    commit(world, name);
    world.removes("web-vmm-1");

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, name));
    var status = status(world, name);
    assertThat(Objects.requireNonNull(status.from()).pod()).isEqualTo("web-vmm-1");
    assertThat(status.from().qemuVersion()).isEqualTo("10.0.2");
    assertThat(Objects.requireNonNull(status.to()).qemuVersion()).isEqualTo("11.1.3");
    assertThat(status.pauseMicros()).as("the agent's field is left alone").isEqualTo(9412);
    assertThat(status.brownoutMicros()).isZero();
    assertThat(status.duration()).isNotNull();
    assertThat(status.timeline())
        .extracting(step -> step.step())
        .contains(
            "Started",
            "VmmPodCreated",
            "VmmPodStarted",
            "GuestResumed",
            "CpuReturned",
            "OldPodDeleted",
            "Finished");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
    var machine = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(Objects.requireNonNull(machine.vmm()).pod()).isEqualTo("web-vmm-2");
    assertThat(machine.vmm().revision()).isEqualTo(2);
    assertThat(machine.vmm().qemuVersion()).isEqualTo("11.1.3");
    assertThat(Objects.requireNonNull(machine.updates()).completed()).isEqualTo(1);
    assertThat(machine.updates().lastPause()).isEqualTo("9.4ms");
    world.eventually(
        () -> assertThat(world.condition("web", "UpToDate")).isEqualTo("TRUE AsSpecified"));
    world.eventually(() -> assertThat(world.minAvailable("web")).isZero());
    assertThat(world.updateNames()).hasSize(1);
    world.eventually(() ->
        assertThat(world.eventReasons("LiveUpdate", name))
            .contains("Preparing", "Checking", "Committing", "Completed"));
    assertThat(OPERATOR.operator().page("/q/metrics"))
        .contains("moult_updates_total{result=\"completed\"}")
        .contains("moult_update_pause_seconds_bucket")
        .contains("moult_virtualmachines{phase=\"Running\"}");
  }

  @Test
  void aTinyNewPodIsResizedBeforeTheOldOneGoes() {
    var world = OPERATOR.world();
    world.nodeWithCpu("900m");
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);

    var update = world.update("up", Map.of("virtualMachine", "web"));

    world.eventually(() -> assertThat(cpu(world.pod("web-vmm-2"))).isEqualTo(new Quantity("10m")));
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "10m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, "up"));
    commit(world, "up");
    world.eventually(() -> assertThat(world.pods("web-vmm-1").get()).isNull());
    assertThat(cpu(world.pod("web-vmm-2")))
        .as("asked for before the old pod's deletion")
        .isEqualTo(new Quantity("500m"));
    world.removes("web-vmm-1");
    world.eventually(() -> assertThat(status(world, "up").reason()).isEqualTo("CpuPending"));
    world.runs("web-vmm-2", "vmm", "500m");

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, "up"));
    assertThat(status(world, "up").brownoutMicros()).isPositive();
    assertThat(update.getMetadata().getUid())
        .isEqualTo(world.liveUpdate("up").getMetadata().getUid());
  }

  @Test
  void anImageThatCannotBePulledIsRolledBackAtTheTimeout() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    var update = world.update("up", Map.of("virtualMachine", "web", "timeout", "3s"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");

    world.waits("web-vmm-2", "vmm", "ImagePullBackOff", "Back-off pulling moult.local/qemu:11");
    world.handoff("up", world.verdict(update, "RollBack", "TimedOut", "web-vmm-2 did not start"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.ROLLED_BACK, "up"));
    assertThat(status(world, "up").reason()).isEqualTo("ImagePullFailed");
    assertThat(status(world, "up").message()).contains("ImagePullBackOff", "3s");
    world.removes("web-vmm-2");
    assertThat(world.pod("web-vmm-1").getMetadata().getDeletionTimestamp()).isNull();
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.RUNNING));
    world.eventually(
        () -> assertThat(world.eventReasons("LiveUpdate", "up")).contains("ImagePullFailed"));
    world.eventually(
        () -> assertThat(world.condition("web", "Degraded")).isEqualTo("TRUE UpdateFailed"));
  }

  @Test
  void anAutomaticUpdateThatFailedIsNotTriedAgainAtOnce() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", NEW_IMAGE);
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    var name = world.updateNames().getFirst();
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");

    world.handoff(
        name, world.verdict(world.liveUpdate(name), "RollBack", "TransferFailed", "Channel error"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.ROLLED_BACK, name));
    assertThat(status(world, name).reason()).isEqualTo("TransferFailed");
    assertThat(status(world, name).message()).isEqualTo("Channel error");
    world.removes("web-vmm-2");
    world.eventually(
        () -> assertThat(world.condition("web", "UpToDate")).isEqualTo("FALSE UpdateFailed"));
    assertThat(world.updateNames()).containsExactly(name);
  }

  @Test
  void theNextOfANodeBeginsWhenTheOneBeforeItHasEnded() {
    var world = OPERATOR.world();
    for (var vm : List.of("web", "db")) {
      world.vm(vm);
      world.running(vm);
    }
    world.patchSpec("web", NEW_IMAGE);
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    var first = world.updateNames().getFirst();
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.handoff(
        first, world.verdict(world.liveUpdate(first), "RollBack", "TransferFailed", "gone"));
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.ROLLED_BACK, first));

    world.patchSpec("db", NEW_IMAGE);

    // One at a time on a node; the place of an update whose fate is unknown is kept for 30 s.
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(world.updateNames()).hasSize(2));
  }

  @Test
  void whatIsPointlessIsRefused() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.vm(
        "off",
        spec -> {
          spec.put("runStrategy", "Halted");
          return spec;
        });

    world.update("nobody", Map.of("virtualMachine", "nobody"));
    world.update("off", Map.of("virtualMachine", "off"));
    world.update("same", Map.of("virtualMachine", "web"));

    for (var name : List.of("nobody", "off", "same")) {
      world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, name));
    }
    assertThat(status(world, "nobody").reason()).isEqualTo("VirtualMachineNotFound");
    assertThat(status(world, "off").reason()).isEqualTo("VirtualMachineNotRunning");
    assertThat(status(world, "same").reason()).isEqualTo("NothingToDo");
    world.eventually(
        () -> assertThat(world.eventReasons("LiveUpdate", "same")).contains("NothingToDo"));
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void anUpdateCreatedInOneBreathWithTheChangeOfItsSpecIsNotTakenForPointless() {
    var world = OPERATOR.world();
    // In either order may the two watches bring them: so more than one pair.
    var names = List.of("a", "b", "c", "d", "e", "f");
    names.forEach(world::vm);
    names.forEach(world::running);

    OPERATOR.whileStopped(() ->
        names.forEach(name -> {
          world.patchSpec(name, MANUAL);
          world.update(name, Map.of("virtualMachine", name));
        }));

    for (var name : names) {
      world.eventually(() -> assertThat(world.pods(name + "-vmm-2").get()).isNotNull());
    }
  }

  @Test
  void theSecondWaitsForTheFirst() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    world.update("first", Map.of("virtualMachine", "web"));
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.PREPARING, "first"));

    world.update("second", Map.of("virtualMachine", "web"));

    world.eventually(() -> assertThat(status(world, "second").reason()).isEqualTo("Waiting"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    commit(world, "first");
    world.removes("web-vmm-1");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, "first"));
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, "second"));
    assertThat(status(world, "second").reason()).isEqualTo("NothingToDo");
  }

  @Test
  void forceReplacesAVmmThatIsAsSpecified() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.update("again", Map.of("virtualMachine", "web", "force", true));

    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.PREPARING, "again"));
  }

  @Test
  void aRefusalOfTheAgentCostsNothing() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    var update = world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");

    world.handoff(
        "up", world.verdict(update, "Refused", "KnownBadPair", "10.0.13 to 11.1.3 never works"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, "up"));
    assertThat(status(world, "up").reason()).isEqualTo("KnownBadPair");
    world.removes("web-vmm-2");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void deletedBeforeTheNewPodRunsItIsRolledBackAndGone() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    var update = world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());

    OPERATOR.client().resource(update).delete();

    world.eventually(() -> assertThat(OPERATOR.client().resource(update).get()).isNull());
    world.removes("web-vmm-2");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void deletedInFlightItWaitsForTheVerdict() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    var update = world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, "up"));

    OPERATOR.client().resource(update).delete();

    world.eventually(
        () -> assertThat(world.liveUpdate("up").getMetadata().getDeletionTimestamp()).isNotNull());
    assertThat(world.pod("web-vmm-2").getMetadata().getDeletionTimestamp()).isNull();
    commit(world, "up");
    world.removes("web-vmm-1");
    world.eventually(() -> assertThat(OPERATOR.client().resource(update).get()).isNull());
    assertThat(Objects.requireNonNull(world.machine("web").getStatus()).vmm()).isNotNull();
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-2");
  }

  @Test
  void haltedDuringAnUpdateTheVerdictComesFirst() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    world.update("up", Map.of("virtualMachine", "web"));
    world.eventually(() -> assertThat(world.pods("web-vmm-2").get()).isNotNull());
    world.bind("web-vmm-2");
    world.runs("web-vmm-2", "vmm", "500m");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.CHECKING, "up"));

    world.patchSpec("web", Map.of("runStrategy", "Halted"));

    commit(world, "up");
    world.guest("web", "running", "web-vmm-2", Map.of("qemuVersion", "11.1.3"));
    world.removes("web-vmm-1");
    world.eventually(() -> world.assertPhase(LiveUpdatePhase.COMPLETED, "up"));
    world.removes("web-vmm-2");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));
  }

  @Test
  void aFinishedOneIsDeletedAfterItsTime() {
    var world = OPERATOR.world();
    var update = world.update("up", Map.of("virtualMachine", "nobody", "ttlAfterFinished", "2s"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, "up"));

    world.eventually(() -> assertThat(OPERATOR.client().resource(update).get()).isNull());
  }

  @Test
  void aQuotaWithoutRoomRefusesIt() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    world.patchSpec("web", MANUAL);
    world.quota(2);

    world.update("up", Map.of("virtualMachine", "web"));

    world.eventually(() -> world.assertPhase(LiveUpdatePhase.REFUSED, "up"));
    assertThat(status(world, "up").reason()).isEqualTo("QuotaExceeded");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  private static void commit(World world, String update) {
    world.handoff(
        update, world.verdict(world.liveUpdate(update), "Commit", "Committed", "the guest runs"));
    var to = Objects.requireNonNull(status(world, update).to());
    var vm = world.liveUpdate(update).getSpec().virtualMachine();
    world.guest(vm, "running", Objects.requireNonNull(to.pod()), Map.of("qemuVersion", "11.1.3"));
  }

  private static LiveUpdateStatus status(World world, String update) {
    return Objects.requireNonNull(world.liveUpdate(update).getStatus());
  }

  private static Quantity cpu(Pod pod) {
    return Objects.requireNonNull(
        pod.getSpec().getContainers().getFirst().getResources().getRequests().get("cpu"));
  }
}
