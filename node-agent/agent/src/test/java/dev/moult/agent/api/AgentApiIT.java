package dev.moult.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.broker.LateLink;
import dev.moult.agent.guest.GuestLine;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.guest.LyingAgent;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.agent.journal.UpdateRecord.Memory;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.NodeContext;
import dev.moult.agent.run.Specs;
import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.status.ApiTeller;
import dev.moult.agent.status.ApiWriter;
import dev.moult.agent.status.EventRecorder;
import dev.moult.agent.status.StatusClient;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.agent.watch.NodeWatch;
import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.FailedProbe;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HandoffStatusBuilder;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateSpec;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.api.v1alpha1.MachineStatusBuilder;
import dev.moult.api.v1alpha1.MemoryVerification;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.Verdict;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.pairs.KnownPairs;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the agent writes and watches, against a real API server and with its own rights only. */
class AgentApiIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String NODE = "node1";
  private static final GuestView UNKNOWN = new GuestView.Unknown();
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  private KubernetesClient agent;
  private ApiWriter writer;
  private ApiTeller teller;
  private EventRecorder events;

  @BeforeAll
  static void install() {
    // Under the chart's own policies: what they forbid, the agent must not need.
    api.server().installChart("admission.vmmImages={image}");
  }

  @BeforeEach
  void begin() {
    agent = api.identities().onNode(Chart.NAMESPACE, Chart.AGENT, NODE);
    writer = new ApiWriter();
    NodeInventory inventory = Specs.node(false);
    events = new EventRecorder(agent, writer, NODE, Clock.systemUTC());
    teller = new ApiTeller(new StatusClient(agent), events, writer, inventory, Clock.systemUTC());
  }

  @AfterEach
  void end() {
    writer.close();
    agent.close();
  }

  @Test
  void writesItsOwnFieldsOnceAndLeavesTheOperators() {
    VirtualMachine seen = vm("web");
    RunRecord run = run(seen, GuestState.RUNNING);

    teller.vm(seen, run, List.of(), UNKNOWN, null);

    await().atMost(SOON).untilAsserted(() -> assertThat(status("web").guest()).isNotNull());
    VirtualMachineStatus status = status("web");
    assertThat(status.guest().state()).isEqualTo(GuestState.RUNNING);
    assertThat(status.guest().vmmPod()).isEqualTo("web-vmm-1");
    assertThat(status.machine().type()).isEqualTo("pc-q35-10.0");
    assertThat(status.machine().uid()).as("the operator's").isEqualTo(100_007);
    assertThat(status.runID()).as("the operator's").isEqualTo(run.runId());
    assertThat(status.conditions())
        .extracting(c -> c.type() + "=" + c.status().name())
        .contains("AgentReady=TRUE", "Updatable=TRUE");

    String version = live("web").getMetadata().getResourceVersion();
    teller.vm(live("web"), run, List.of(), UNKNOWN, null);
    teller.vm(seen, run, List.of(), UNKNOWN, null);
    teller.vm(
        seen,
        run.withGuest(new GuestRecord(GuestState.STOPPING, null, null, 5)),
        List.of(),
        UNKNOWN,
        null);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(status("web").guest().state()).isEqualTo(GuestState.STOPPING));
    long later = Long.parseLong(live("web").getMetadata().getResourceVersion());
    assertThat(managed("web")).as("one write, not three").isEqualTo(1);
    assertThat(later).isGreaterThan(Long.parseLong(version));
    assertThat(status("web").machine().uid()).isEqualTo(100_007);
  }

  /** Under the chart's own policies; the fields' bounds are the CRD's. */
  @Test
  void whatTheGuestAgentTellsComesAndGoes() {
    VirtualMachine seen = vm("web");
    RunRecord run = run(seen, GuestState.RUNNING).withMachine(Specs.machineWithGuestAgent());

    teller.vm(seen, run, List.of(), new GuestView.Present(Specs.most()), null);

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(connected()).isEqualTo(ConditionStatus.TRUE));
    assertThat(status("web").guest().agentVersion()).isEqualTo("10.0.2");
    assertThat(status("web").guest().os().prettyName()).hasSize(128);
    assertThat(status("web").guest().hostname()).hasSize(253);
    assertThat(status("web").guest().interfaces())
        .hasSize(16)
        .allMatch(each -> each.addresses().size() == 16);
    assertThat(status("web").guest().filesystems()).hasSize(32);

    String version = live("web").getMetadata().getResourceVersion();
    ApiTeller successor =
        new ApiTeller(
            new StatusClient(agent), events, writer, Specs.node(false), Clock.systemUTC());
    successor.vm(live("web"), run, List.of(), UNKNOWN, null);
    assertThat(live("web").getMetadata().getResourceVersion()).isEqualTo(version);

    successor.vm(live("web"), run, List.of(), GuestView.closed(), null);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(connected()).isEqualTo(ConditionStatus.FALSE));
    assertThat(status("web").guest().agentVersion()).isNull();
    assertThat(status("web").guest().os()).isNull();
    assertThat(status("web").guest().interfaces()).isEmpty();
    assertThat(status("web").guest().filesystems()).isEmpty();
    assertThat(status("web").guest().state()).isEqualTo(GuestState.RUNNING);
  }

  /** A status that is refused is not written at all: nobody would hear of that VM any more. */
  @Test
  void whatAGuestAgentExaggeratesIsWrittenAsFarAsThereIsRoom() throws Exception {
    VirtualMachine seen = vm("web");
    RunRecord run = run(seen, GuestState.RUNNING).withMachine(Specs.machineWithGuestAgent());
    Path socket = directory.resolve("ga.sock");
    GuestView view;
    try (var lying =
            new LyingAgent(
                UnixListener.bind(UnixSocket.Type.STREAM, socket.toString(), 0600, 1),
                LyingAgent.exaggerating());
        var line = new GuestLine(socket, Specs.VM_UID, Clock.systemUTC())) {
      view = line.look(false);
    }

    teller.vm(seen, run, List.of(), view, null);

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(connected()).isEqualTo(ConditionStatus.TRUE));
    assertThat(status("web").guest().hostname()).hasSize(253);
    assertThat(status("web").guest().os().prettyName()).hasSize(128);
    assertThat(status("web").guest().interfaces()).hasSize(16);
    assertThat(status("web").guest().filesystems()).hasSize(32);
  }

  /** A successor finds what was told, and writes nothing anew. */
  @Test
  void whatProbesShowIsToldAndFoundAgain() {
    VirtualMachine seen = vm("web");
    RunRecord run =
        run(seen, GuestState.RUNNING)
            .withMachine(Specs.machineWithGuestAgent())
            .withProbes(Specs.probes(List.of()));
    Instant at = Instant.parse("2026-01-01T12:00:00.123Z");
    var failing =
        new ProbesStatus(at, false, FailedProbe.LIVENESS, at.plusSeconds(9), "x".repeat(512));

    teller.vm(seen, run, List.of(), UNKNOWN, failing);

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(status("web").guest().probes()).isEqualTo(failing));
    String version = live("web").getMetadata().getResourceVersion();
    ApiTeller successor =
        new ApiTeller(
            new StatusClient(agent), events, writer, Specs.node(false), Clock.systemUTC());
    successor.vm(live("web"), run, List.of(), UNKNOWN, null);
    successor.vm(live("web"), run, List.of(), UNKNOWN, failing);
    assertThat(live("web").getMetadata().getResourceVersion()).isEqualTo(version);
  }

  private ConditionStatus connected() {
    return status("web").conditions().stream()
        .filter(each -> each.type().equals("GuestAgentConnected"))
        .map(Condition::status)
        .findFirst()
        .orElse(null);
  }

  @Test
  void anObjectThatIsAnotherIsLeftAlone() {
    VirtualMachine seen = vm("web");
    StatusClient statuses = new StatusClient(agent);
    VirtualMachineStatus status = VirtualMachineStatusBuilder.builder().guest(null).build();

    assertThat(statuses.apply(seen, "another run", status)).isFalse();
    var unused = api.client().resource(seen).delete();
    await().atMost(SOON).until(() -> live("web") == null);
    VirtualMachine again = vm("web");
    assertThat(again.getMetadata().getUid()).isNotEqualTo(seen.getMetadata().getUid());

    assertThat(statuses.apply(seen, "run", status)).isFalse();
    assertThat(status("web").guest()).isNull();
  }

  @Test
  void aStaleViewIsLookedAtAgain() {
    VirtualMachine seen = vm("web");
    operator(seen, 100_007, "moved on");

    teller.vm(seen, run(seen, GuestState.RUNNING), List.of(), UNKNOWN, null);

    await().atMost(SOON).untilAsserted(() -> assertThat(status("web").guest()).isNotNull());
    assertThat(status("web").address()).isEqualTo("moved on");
  }

  @Test
  void aLiveUpdateIsWrittenTwice() throws Exception {
    VirtualMachine vm = vm("web");
    LiveUpdate seen = update("web-1");

    teller.checked(seen, "run", new Checked("10.0.2", "11.1.3"));
    await().atMost(SOON).untilAsserted(() -> assertThat(updated().handoff()).isNotNull());
    assertThat(updated().handoff().verdict()).isNull();
    assertThat(updated().conditions()).extracting("type").contains("Checked");

    CountDownLatch told = new CountDownLatch(1);
    RunRecord run = run(vm, GuestState.RUNNING);
    UpdateRecord record =
        UpdateRecord.begun(
            seen.getMetadata().getUid(),
            "web-1",
            api.namespace(),
            run.runId(),
            run.vmm(),
            run.vmm(),
            0);
    teller.ended(seen, record, committed(), told::countDown);

    assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
    LiveUpdateStatus status = updated();
    assertThat(status.handoff().verdict()).isEqualTo(Verdict.COMMIT);
    assertThat(status.handoff().uid()).isEqualTo(seen.getMetadata().getUid());
    assertThat(status.handoff().ramInodeAfter()).isEqualTo(4711L);
    assertThat(status.pause()).isEqualTo("9.4ms");
    assertThat(status.pauseMicros()).isEqualTo(9_412L);
    assertThat(status.nodeName()).as("the operator's").isEqualTo(NODE);
    assertThat(status.timeline())
        .extracting("step")
        .containsExactly("GuestStopped", "OldVmmFrozen", "MemoryVerified", "GuestResumed");
    assertThat(status.memory())
        .isEqualTo(
            new MemoryVerification(
                "crc32c:e3069283", "crc32c:e3069283", 536_870_912L, "90ms", 90_000L));
    assertThat(status.descriptors().getFirst().seals()).containsExactly("SEAL", "SHRINK", "GROW");
    assertThat(status.conditions()).extracting("type").containsExactly("Checked", "Transferred");
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(api.client().v1().events().inNamespace(api.namespace()).list().getItems())
                .extracting("reason")
                .contains("Transferring", "Transferred"));
  }

  @Test
  void aVerdictThatWasToldStands() {
    StatusClient statuses = new StatusClient(agent);
    LiveUpdate seen = update("web-1");
    assertThat(statuses.apply(seen, told(Verdict.COMMIT))).isTrue();

    assertThat(statuses.apply(seen, told(Verdict.FAILED))).isFalse();
    assertThat(statuses.apply(seen, told(null))).isFalse();
    assertThat(updated().handoff().verdict()).isEqualTo(Verdict.COMMIT);

    assertThat(statuses.apply(seen, told(Verdict.COMMIT))).as("told again").isTrue();
  }

  private static LiveUpdateStatus told(Verdict verdict) {
    return LiveUpdateStatusBuilder.builder()
        .handoff(HandoffStatusBuilder.builder().uid("u").verdict(verdict).build())
        .build();
  }

  @Test
  void watchesItsNodeAndTellsOfIt() throws Exception {
    VirtualMachine vm = vm("web");
    NodeContext node =
        new NodeContext(
            NODE,
            new LateLink(),
            Specs.node(false),
            KnownPairs::bundled,
            teller,
            (r, t) -> {},
            Clock.systemUTC());
    VmDirectory vms = new VmDirectory(new Journal(directory), node);
    try (NodeWatch watch = new NodeWatch(agent, NODE, vms)) {
      watch.start().get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(watch.isWatching()).isTrue();
      assertThat(vms.isAlive()).isTrue();
    } finally {
      vms.stop(SOON);
    }
    events.recordOnNode(EventRecorder.Kind.NORMAL, "MoultInventory", "KVM: not usable.");
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(api.client().v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> {
                  assertThat(event.getInvolvedObject().getUid()).isEqualTo(NODE);
                  assertThat(event.getReason()).isEqualTo("MoultInventory");
                }));
    assertThat(vm.getMetadata().getUid()).isNotBlank();
  }

  @Test
  void mayNotDoMore() {
    VirtualMachine vm = vm("web");

    assertForbidden(() -> agent.secrets().inNamespace(api.namespace()).list());
    assertForbidden(() -> agent.resource(vm).delete());
    assertForbidden(() -> agent.pods().inNamespace(api.namespace()).withName("x").delete());
    assertForbidden(() ->
        agent
            .resource(vm)
            .edit(it -> {
              it.getMetadata().setLabels(java.util.Map.of("a", "b"));
              return it;
            }));
  }

  private static void assertForbidden(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
  }

  private static UpdateResult committed() {
    return new UpdateResult(
        End.COMMITTED,
        "Transferred",
        "",
        1_800_000_000_000_000L,
        "10.0.2",
        "11.1.3",
        9_412L,
        4711,
        4711,
        2,
        true,
        List.of(),
        List.of(new Given("ram", "memfd", 512 << 20, List.of("SEAL", "SHRINK", "GROW"), "Anchor")),
        List.of(
            new Step("GuestStopped", 1_799_999_999_990_000L),
            new Step("OldVmmFrozen", 1_799_999_999_995_000L),
            new Step("MemoryVerified", 1_799_999_999_996_000L),
            new Step("GuestResumed", 1_799_999_999_999_412L)),
        new Memory(0xe3069283, 0xe3069283, 512 << 20, 90_000));
  }

  private VirtualMachine vm(String name) {
    VirtualMachine vm = new VirtualMachine();
    vm.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(api.namespace()).build());
    vm.setSpec(Specs.spec());
    return operator(api.client().resource(vm).create(), 100_007, null);
  }

  /** What the operator writes before any agent work. */
  private VirtualMachine operator(VirtualMachine made, int uid, String address) {
    VirtualMachine fresh = new VirtualMachine();
    fresh.setMetadata(name(made));
    fresh.setStatus(
        VirtualMachineStatusBuilder.builder()
            .nodeName(NODE)
            .runID("run")
            .address(address)
            .machine(MachineStatusBuilder.builder().uid(uid).build())
            .build());
    return api.client().resource(fresh).subresource("status").patch(asOperator());
  }

  private LiveUpdate update(String name) {
    LiveUpdate update = new LiveUpdate();
    update.setMetadata(
        new ObjectMetaBuilder().withName(name).withNamespace(api.namespace()).build());
    update.setSpec(new LiveUpdateSpec("web", false, "2m", null, false));
    LiveUpdate made = api.client().resource(update).create();
    LiveUpdate fresh = new LiveUpdate();
    fresh.setMetadata(name(made));
    fresh.setStatus(
        LiveUpdateStatusBuilder.builder().nodeName(NODE).startedAt(Instant.EPOCH).build());
    return api.client().resource(fresh).subresource("status").patch(asOperator());
  }

  private static io.fabric8.kubernetes.api.model.ObjectMeta name(HasMetadata object) {
    return new ObjectMetaBuilder()
        .withName(object.getMetadata().getName())
        .withNamespace(object.getMetadata().getNamespace())
        .build();
  }

  private static PatchContext asOperator() {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager("moult-operator")
        .withForce(true)
        .build();
  }

  private static RunRecord run(VirtualMachine vm, GuestState state) {
    RunRecord of = Specs.run(state, true);
    return new RunRecord(
        vm.getMetadata().getNamespace(),
        vm.getMetadata().getName(),
        vm.getMetadata().getUid(),
        "run",
        1,
        of.anchorPodUid(),
        true,
        1450,
        4711,
        of.machine(),
        of.vmm(),
        of.guest());
  }

  private VirtualMachine live(String name) {
    return api.client()
        .resources(VirtualMachine.class)
        .inNamespace(api.namespace())
        .withName(name)
        .get();
  }

  private VirtualMachineStatus status(String name) {
    return live(name).getStatus();
  }

  private LiveUpdateStatus updated() {
    return api.client()
        .resources(LiveUpdate.class)
        .inNamespace(api.namespace())
        .withName("web-1")
        .get()
        .getStatus();
  }

  private long managed(String name) {
    return live(name).getMetadata().getManagedFields().stream()
        .map(ManagedFieldsEntry::getManager)
        .filter("moult-agent"::equals)
        .count();
  }
}
