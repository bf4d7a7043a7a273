package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.LateLink;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.status.Teller;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.linux.Fd;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.PodStatus;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmDirectoryTest {
  private static final String NEXT = "33333333-5a3b-4a52-9d5e-0a4d2f9a7c11";
  private static final String OTHER = "7f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11";

  @TempDir Path directory;

  @Test
  void aJournalThatIsNotReadableKeepsNoOtherVmFromItsAgent() throws Exception {
    Journal journal = new Journal(directory);
    journal.of(Specs.VM_UID).save(Specs.run(GuestState.RUNNING, true));
    Path newer = Files.createDirectories(journal.of(OTHER).directory()).resolve("run.json");
    Files.writeString(newer, "{\"format\":2}");
    var vms = new VmDirectory(journal, node());

    vms.load();
    vms.post(OTHER, new VmSignal.Wake());

    await()
        .untilAsserted(() ->
            assertThat(vms.guests())
                .extracting(GuestRecord::state)
                .containsExactly(GuestState.RUNNING));
    assertThat(newer).as("kept for the agent that can read it").hasContent("{\"format\":2}");
    vms.stop(Duration.ofSeconds(5));
  }

  /** What a broker knew when the agent began does not keep a later run from its agent. */
  @Test
  void aVmThatComesBackIsNotTakenForItsLastRun() throws Exception {
    var broker = new Patient();
    var vms = new VmDirectory(new Journal(directory), node(broker));
    vms.load();
    vms.back(
        List.of(new PodStatus(Specs.ANCHOR, Role.ANCHOR, Specs.VM_UID, Stage.LAUNCHED, "c1", 4711)),
        Specs.capabilities(false));
    vms.listed(new VmSignal.Listed(Set.of(), Set.of()));
    vms.said(new Event.Exited(Specs.ANCHOR));
    await()
        .untilAsserted(() -> assertThat(broker.asked).contains(new Request.Forget(Specs.ANCHOR)));

    await()
        .untilAsserted(() -> {
          vms.post(Specs.VM_UID, new VmSignal.Wished(vm()));
          vms.post(Specs.VM_UID, new VmSignal.PodSeen(anchor(NEXT)));
          assertThat(broker.asked)
              .contains(new Request.Expect(NEXT, Role.ANCHOR, Specs.VM_UID, 100_000));
        });
    vms.stop(Duration.ofSeconds(5));
  }

  private static VirtualMachine vm() {
    var vm = new VirtualMachine();
    vm.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("web")
            .withUid(Specs.VM_UID)
            .build());
    vm.setSpec(Specs.spec("q35", Acceleration.TCG, null));
    return vm;
  }

  private static PodView anchor(String uid) {
    return new PodView(
        uid,
        "web-anchor",
        "default",
        "web",
        Specs.VM_UID,
        Role.ANCHOR,
        null,
        100_000,
        null,
        0,
        false,
        null);
  }

  /** A broker that does all that it is asked for. */
  private static final class Patient implements Broker {
    private final List<Request<?>> asked = new CopyOnWriteArrayList<>();

    @Override
    public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout) {
      asked.add(request);
      return request.answer().cast(new Answer.Done());
    }

    @Override
    public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout) {
      throw new AssertionError("nobody asks for one here");
    }
  }

  private static NodeContext node() {
    return node(new LateLink());
  }

  private static NodeContext node(Broker broker) {
    return new NodeContext(
        "node1",
        broker,
        Specs.node(false),
        KnownPairs::bundled,
        new Nobody(),
        (verdict, took) -> {},
        Clock.systemUTC());
  }

  /** No API server is there to be told. */
  private static final class Nobody implements Teller {
    @Override
    public void vm(
        VirtualMachine seen,
        RunRecord run,
        List<Obstacle> obstacles,
        GuestView view,
        @Nullable ProbesStatus probes) {
      // nobody listens
    }

    @Override
    public void checked(LiveUpdate seen, String runId, Checked checked) {
      // nobody listens
    }

    @Override
    public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told) {
      // nobody listens
    }

    @Override
    public void guest(VirtualMachine seen, RunRecord run) {
      // nobody listens
    }

    @Override
    public void reset(VirtualMachine seen, Instant requestedAt) {
      // nobody listens
    }

    @Override
    public void freeze(VirtualMachine seen, FreezeRecord freeze) {
      // nobody listens
    }

    @Override
    public void watchdog(VirtualMachine seen, String message) {
      // nobody listens
    }
  }
}
