package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.testing.ApiServerExtension;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Operator and agent write one status by server-side apply, each with a fresh object of its own
 * fields alone; neither takes anything from the other.
 */
class StatusWritersIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String MINIMAL =
      """
      cpu: {cores: 1}
      memory: {size: 512Mi}
      boot: {kernel: {image: guest}}
      """;
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @BeforeEach
  void create() {
    VirtualMachine vm = vm(null);
    vm.setSpec(Serialization.unmarshal(MINIMAL, VirtualMachineSpec.class));
    api.client().resource(vm).create();
    LiveUpdate update = update(null);
    update.setSpec(LiveUpdateSpecBuilder.builder().virtualMachine("web").build());
    api.client().resource(update).create();
  }

  @Test
  void bothOwnTheirConditionsAndTheirPartOfTheMachine() {
    write(FieldOwner.OPERATOR, vm(operatorsView()));

    write(FieldOwner.AGENT, vm(agentsView()));

    VirtualMachineStatus status = readVm().getStatus();
    assertThat(status.nodeName()).isEqualTo("node1");
    assertThat(status.machine()).isEqualTo(frozen().withUid(20001));
    assertThat(status.guest()).isEqualTo(agentsView().guest());
    assertThat(status.conditions())
        .containsExactlyInAnyOrder(
            condition(ConditionType.READY), condition(ConditionType.AGENT_READY));
  }

  @Test
  void whatAWriterLeavesOutIsRemovedOnlyIfItWasItsOwn() {
    write(FieldOwner.OPERATOR, vm(operatorsView()));
    write(FieldOwner.AGENT, vm(agentsView()));

    write(FieldOwner.AGENT, vm(VirtualMachineStatusBuilder.builder().build()));

    VirtualMachineStatus status = readVm().getStatus();
    assertThat(status)
        .isEqualTo(operatorsView().withMachine(MachineStatusBuilder.builder().uid(20001).build()));
  }

  @Test
  void theSameAgainWritesNothing() {
    write(FieldOwner.AGENT, vm(agentsView()));
    String before = readVm().getMetadata().getResourceVersion();

    write(FieldOwner.AGENT, vm(agentsView()));

    assertThat(readVm().getMetadata().getResourceVersion()).isEqualTo(before);
  }

  @Test
  void bothAddTheirStepsToTheTimeline() {
    write(FieldOwner.OPERATOR, update(timeline(StepName.VMM_POD_CREATED)));
    write(FieldOwner.AGENT, update(timeline(StepName.GUEST_STOPPED, StepName.GUEST_RESUMED)));

    write(FieldOwner.OPERATOR, update(timeline(StepName.VMM_POD_CREATED, StepName.CPU_RETURNED)));

    assertThat(readUpdate().getStatus().timeline())
        .extracting(TimelineEntry::step)
        .containsExactlyInAnyOrder("VmmPodCreated", "GuestStopped", "GuestResumed", "CpuReturned");
  }

  @Test
  void aReportIsReadAsItWasWritten() {
    LiveUpdateStatus report =
        LiveUpdateStatusBuilder.builder()
            .handoff(
                HandoffStatusBuilder.builder()
                    .uid("u")
                    .verdict(Verdict.ROLL_BACK)
                    .reason(Reason.TIMED_OUT.value())
                    .at(Instant.parse("2026-01-01T12:00:00.123456Z"))
                    .ramInode(4711L)
                    .ramInodeAfter(4711L)
                    .build())
            .pause("9.4ms")
            .pauseMicros(9412L)
            .blockers(List.of(new Blocker(Reason.KNOWN_BAD_PAIR.value(), "10.0.13 to 11.1.3")))
            .descriptors(
                List.of(
                    new TransferredDescriptor(
                        "ram",
                        "memfd",
                        new Quantity("512Mi"),
                        List.of("SEAL", "SHRINK", "GROW"),
                        DescriptorVia.ANCHOR)))
            .build();

    write(FieldOwner.AGENT, update(report));

    assertThat(readUpdate().getStatus()).isEqualTo(report);
  }

  @Test
  void objectsAreFoundByTheirNode() {
    write(FieldOwner.OPERATOR, vm(operatorsView()));

    assertThat(onNode("node1")).containsExactly("web");
    assertThat(onNode("node2")).isEmpty();
  }

  @Test
  void theServersDefaultsAreThoseOfTheModel() {
    VirtualMachineSpec ofModel = Serialization.unmarshal(MINIMAL, VirtualMachineSpec.class);

    assertThat(readVm().getSpec()).isEqualTo(ofModel);
    assertThat(readUpdate().getSpec())
        .isEqualTo(LiveUpdateSpecBuilder.builder().virtualMachine("web").build());
  }

  private static VirtualMachineStatus operatorsView() {
    return VirtualMachineStatusBuilder.builder()
        .nodeName("node1")
        .phase(VirtualMachinePhase.RUNNING)
        .machine(MachineStatusBuilder.builder().uid(20001).build())
        .conditions(List.of(condition(ConditionType.READY)))
        .build();
  }

  private static VirtualMachineStatus agentsView() {
    return VirtualMachineStatusBuilder.builder()
        .guest(
            GuestStatusBuilder.builder()
                .state(GuestState.RUNNING)
                .since(NOON)
                .runID("run")
                .generation(1L)
                .build())
        .machine(frozen())
        .conditions(List.of(condition(ConditionType.AGENT_READY)))
        .build();
  }

  private static MachineStatus frozen() {
    return MachineStatusBuilder.builder()
        .type("pc-q35-10.0")
        .acceleration(Acceleration.TCG)
        .cpu(new MachineCpu("qemu64-v1", List.of("sse2"), 1))
        .memory(new Quantity("512Mi"))
        .devices(List.of(new MachineDevice("nic0", "virtio-net-pci", "pcie.0:03.0")))
        .build();
  }

  private static Condition condition(ConditionType type) {
    return ConditionBuilder.builder()
        .type(type.value())
        .status(ConditionStatus.TRUE)
        .observedGeneration(1L)
        .lastTransitionTime(NOON)
        .reason(Reason.AS_SPECIFIED.value())
        .message("")
        .build();
  }

  private static LiveUpdateStatus timeline(StepName... steps) {
    return LiveUpdateStatusBuilder.builder()
        .timeline(
            List.of(steps).stream()
                .map(step -> new TimelineEntry(step.value(), NOON, "0s", 0L))
                .toList())
        .build();
  }

  private static VirtualMachine vm(@Nullable VirtualMachineStatus status) {
    VirtualMachine vm = new VirtualMachine();
    vm.setMetadata(new ObjectMetaBuilder().withName("web").withNamespace(api.namespace()).build());
    vm.setStatus(status);
    return vm;
  }

  private static LiveUpdate update(@Nullable LiveUpdateStatus status) {
    LiveUpdate update = new LiveUpdate();
    update.setMetadata(
        new ObjectMetaBuilder().withName("web-1").withNamespace(api.namespace()).build());
    update.setStatus(status);
    return update;
  }

  private static void write(FieldOwner writer, HasMetadata fresh) {
    api.client()
        .resource(fresh)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(writer.manager())
                .withForce(true)
                .build());
  }

  private static VirtualMachine readVm() {
    return api.client()
        .resources(VirtualMachine.class)
        .inNamespace(api.namespace())
        .withName("web")
        .require();
  }

  private static LiveUpdate readUpdate() {
    return api.client()
        .resources(LiveUpdate.class)
        .inNamespace(api.namespace())
        .withName("web-1")
        .require();
  }

  private static List<String> onNode(String node) {
    return api
        .client()
        .resources(VirtualMachine.class)
        .inNamespace(api.namespace())
        .withField("status.nodeName", node)
        .list()
        .getItems()
        .stream()
        .map(vm -> vm.getMetadata().getName())
        .toList();
  }
}
