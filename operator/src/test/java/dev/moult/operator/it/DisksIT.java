package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Claims of disks and restarts, with the operator as a process under its own role. */
class DisksIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void aClaimThatIsNotThereIsNamedAndWaitedFor() {
    var world = OPERATOR.world();

    withClaim(world, "web", "web-data");

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE PvcNotFound"));
    assertThat(world.podNames()).isEmpty();
    world.eventually(
        () -> assertThat(world.eventReasons("VirtualMachine", "web")).contains("PvcNotFound"));

    claim(world, "web-data");

    world.eventually(() -> assertThat(world.pods("web-anchor").get()).isNotNull());
    var anchor = world.pod("web-anchor");
    assertThat(anchor.getSpec().getVolumes())
        .filteredOn(volume -> volume.getName().equals("disk-data"))
        .singleElement()
        .satisfies(volume ->
            assertThat(volume.getPersistentVolumeClaim().getClaimName()).isEqualTo("web-data"));
    assertThat(anchor.getMetadata().getAnnotations())
        .containsEntry(ApiNames.DISK_SIZES_ANNOTATION, "{\"data\":1073741824}");
    world.running("web");
  }

  @Test
  void ofTwoThatNameAnExclusiveClaimOneRunsAndTheOtherSaysWhoHasIt() {
    var world = OPERATOR.world();
    claim(world, "shared");
    withClaim(world, "one", "shared");
    withClaim(world, "two", "shared");

    world.eventually(() ->
        assertThat(Stream.of("one", "two").map(vm -> world.condition(vm, "Stalled")))
            .containsExactlyInAnyOrder("none", "TRUE PvcInUse"));

    var second = world.condition("one", "Stalled").equals("none") ? "two" : "one";
    var first = second.equals("two") ? "one" : "two";
    world.eventually(() -> assertThat(world.pods(first + "-anchor").get()).isNotNull());
    assertThat(world.podNames()).containsExactly(first + "-anchor");
    assertThat(world.machine(second).getStatus().conditions())
        .filteredOn(condition -> condition.type().equals("Ready"))
        .singleElement()
        .satisfies(ready ->
            assertThat(ready.message())
                .isEqualTo(
                    "disk data: PersistentVolumeClaim shared is ReadWriteOnce and used by"
                        + " VirtualMachine "
                        + first));

    world.patchSpec(first, Map.of("runStrategy", "Halted"));
    world.removes(first + "-anchor");

    world.eventually(() -> assertThat(world.pods(second + "-anchor").get()).isNotNull());
  }

  @Test
  void aRestartIsOneNewRunOfTheSpecAsItIsThen() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var run = world.machine("web").getStatus().runID();
    var asked = Instant.parse("2026-01-01T12:00:00Z");

    world.patchSpec(
        "web", Map.of("restartRequestedAt", asked.toString(), "memory", Map.of("size", "514Mi")));

    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.running("web");
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(status.runID()).isNotEqualTo(run);
    assertThat(status.restartServed()).isEqualTo(asked);
    assertThat(status.restarts()).as("it did not end by itself").isZero();
    assertThat(world.condition("web", "RestartRequired")).isEqualTo("FALSE NothingChanged");
  }

  @Test
  void aManualOneIsStartedByARequestAndStaysOffWhenItPowersOff() {
    var world = OPERATOR.world();
    world.vm("web", spec -> with(spec, "runStrategy", "Manual"));
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));

    world.patchSpec("web", Map.of("restartRequestedAt", "2026-01-01T12:00:00Z"));
    world.running("web");
    world.guest("web", "stopped", "web-vmm-1", Map.of("reason", "GuestPoweredOff"));
    world.removes("web-vmm-1");
    world.removes("web-anchor");

    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPED));
    assertThat(world.condition("web", "Ready")).isEqualTo("TRUE Halted");
    var last = Objects.requireNonNull(world.machine("web").getStatus()).lastTermination();
    assertThat(Objects.requireNonNull(last).reason()).isEqualTo("GuestPoweredOff");

    world.patchSpec("web", Map.of("restartRequestedAt", "2026-01-01T12:00:01Z"));
    world.running("web");
  }

  private static void withClaim(World world, String vm, String claim) {
    var disk = Map.of("name", "data", "persistentVolumeClaim", Map.of("claimName", claim));
    world.vm(vm, spec -> with(spec, "disks", List.of(disk)));
  }

  private static Map<String, Object> with(Map<String, Object> spec, String field, Object value) {
    spec.put(field, value);
    return spec;
  }

  private static void claim(World world, String name) {
    PersistentVolumeClaim claim =
        OPERATOR
            .client()
            .resource(
                new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .withNamespace(world.namespace)
                    .endMetadata()
                    .withNewSpec()
                    .withAccessModes("ReadWriteOnce")
                    .withNewResources()
                    .addToRequests("storage", new Quantity("1Gi"))
                    .endResources()
                    .endSpec()
                    .build())
            .create();
    assertThat(Serialization.asJson(claim)).contains("Pending");
  }
}
