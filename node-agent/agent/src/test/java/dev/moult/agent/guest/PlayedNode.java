package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.run.NodeContext;
import dev.moult.agent.run.QemuSockets;
import dev.moult.agent.run.Specs;
import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.run.VmSignal;
import dev.moult.agent.status.CrdSchema;
import dev.moult.agent.status.Teller;
import dev.moult.agent.status.VmReport;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.FilesystemFreeze;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.wire.Answer;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One VM whose guest runs, with its thread; QEMU's monitor and the guest agent at the other ends of
 * real sockets are played.
 */
final class PlayedNode implements AutoCloseable {
  private static final String NODE = "node1";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Less than an answer of the guest agent may take. */
  private static final Duration PROMPTLY = Duration.ofSeconds(3);

  final Told told = new Told();
  final PlayedMonitor monitor;
  final LyingAgent agent;
  private final VmDirectory vms;
  private @Nullable FilesystemFreeze freeze;
  private int requests;

  /** With a channel to a guest agent. */
  PlayedNode(Path directory, LyingAgent.Lie lie) throws IOException {
    this(directory, Specs.machineWithGuestAgent(), lie, null);
  }

  /**
   * Whose journal is new, or that of one before.
   *
   * @param freeze what is wished from the start on
   */
  PlayedNode(
      Path directory, FrozenMachine machine, LyingAgent.Lie lie, @Nullable FilesystemFreeze freeze)
      throws IOException {
    this.freeze = freeze;
    Journal journals = new Journal(directory);
    VmJournal journal = journals.of(Specs.VM_UID);
    if (journal.run().isEmpty()) {
      journal.save(Specs.run(GuestState.RUNNING, true).withMachine(machine));
    }
    try (QemuSockets sockets =
        QemuSockets.bind(journal, Specs.VMM, Specs.machineWithGuestAgent())) {
      List<Fd> listening = sockets.descriptors();
      monitor = new PlayedMonitor(UnixListener.adopt(listening.get(0).dup()));
      agent = new LyingAgent(UnixListener.adopt(listening.get(1).dup()), lie);
    }
    vms =
        new VmDirectory(
            journals,
            new NodeContext(
                NODE,
                new QuietBroker(),
                Specs.node(false),
                KnownPairs::bundled,
                told,
                (result, took) -> {},
                Clock.systemUTC()));
    vms.load();
    vms.back(
        List.of(pod(Specs.ANCHOR, Role.ANCHOR), pod(Specs.VMM, Role.VMM)),
        new Answer.Capabilities(
            0, false, "a test", false, List.of(), false, List.of(), 4096, 1L << 30, "test"));
    wish();
  }

  private static PodStatus pod(String uid, Role role) {
    return new PodStatus(uid, role, Specs.VM_UID, PodStatus.Stage.LAUNCHED, "c", 1);
  }

  /** The VM's thread takes a wish in, has QEMU do it, and tells so. */
  void obeys() {
    requests++;
    wish();
    await()
        .alias("the VM's thread does what is asked of it")
        .atMost(PROMPTLY)
        .until(() -> reset().toString().equals(told.resetServed()));
    assertThat(vms.isAlive()).isTrue();
  }

  /** The guest's end of the channel closes, the VM's thread sees that, and it opens again. */
  void reopen() throws IOException {
    int before = told.watchdogs();
    monitor.port(false);
    monitor.watchdog(); // told after what came before it was taken in
    await().atMost(SOON).until(() -> told.watchdogs() > before);
    monitor.port(true);
  }

  /** Its file systems are to be frozen; null: no more. */
  void freeze(@Nullable FilesystemFreeze wished) {
    freeze = wished;
    wish();
  }

  private Instant reset() {
    return Instant.EPOCH.plusSeconds(requests);
  }

  private void wish() {
    VirtualMachine vm = new VirtualMachine();
    vm.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("web")
            .withUid(Specs.VM_UID)
            .withGeneration(3L)
            .build());
    vm.setSpec(
        Specs.spec().with(b -> b.resetRequestedAt(reset()).filesystemFreeze(wishedFreeze())));
    vm.setStatus(VirtualMachineStatusBuilder.builder().nodeName(NODE).runID(Specs.ANCHOR).build());
    vms.post(Specs.VM_UID, new VmSignal.Wished(vm));
  }

  @SuppressWarnings("NullAway") // the generated builders' setters take null, and do not say so
  private FilesystemFreeze wishedFreeze() {
    return freeze;
  }

  @Override
  public void close() throws InterruptedException {
    vms.stop(SOON);
    monitor.close();
    agent.close();
  }

  /** Where nothing is to be done. */
  private static final class QuietBroker implements Broker {
    @Override
    public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout) {
      return request.answer().cast(answer(request));
    }

    private static Answer answer(Request<?> request) {
      return switch (request) {
        case Request.Facts facts -> new Answer.SlotsSeen(List.of(), List.of());
        case Request.WatchTap watch -> new Answer.TapWatched(0);
        case Request.ListPods list -> new Answer.Pods(List.of());
        default -> new Answer.Done();
      };
    }

    @Override
    public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
        throws BrokerException {
      throw new BrokerException.Lost("nothing is handed out here");
    }
  }

  /** What would be told to the API server, held against the CRD's schema. */
  static final class Told implements Teller {
    private final CrdSchema schema = CrdSchema.read();
    private final KubernetesSerialization serialization = new KubernetesSerialization();
    private final Set<String> refusals = ConcurrentHashMap.newKeySet();
    private final AtomicInteger watchdogs = new AtomicInteger();
    private final AtomicInteger views = new AtomicInteger();
    private volatile GuestView view = new GuestView.Unknown();
    private volatile @Nullable FreezeRecord freeze;
    private volatile @Nullable String resetServed;

    GuestView view() {
      return view;
    }

    /** How often there was another one. */
    int views() {
      return views.get();
    }

    int watchdogs() {
      return watchdogs.get();
    }

    @Nullable String resetServed() {
      return resetServed;
    }

    @Nullable FreezeRecord freeze() {
      return freeze;
    }

    /** For what the API server would have refused a status. */
    Set<String> refusals() {
      return refusals;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // two looks that saw the same are two
    public void vm(
        VirtualMachine seen,
        RunRecord run,
        List<Obstacle> obstacles,
        GuestView now,
        @Nullable ProbesStatus probes) {
      if (now != view || !Objects.equals(run.freeze(), freeze)) {
        VirtualMachine vm = new VirtualMachine();
        vm.setStatus(
            VmReport.of(
                run, 3L, seen.getStatus(), "a node", obstacles, now, probes, Instant.now()));
        refusals.addAll(
            schema.refusals(serialization.convertValue(vm, JsonNode.class).path("status")));
      }
      if (now != view) {
        view = now;
        views.incrementAndGet();
      }
      freeze = run.freeze();
      resetServed = run.resetServed();
    }

    @Override
    public void watchdog(VirtualMachine seen, String message) {
      watchdogs.incrementAndGet();
    }

    @Override
    public void freeze(VirtualMachine seen, FreezeRecord record) {
      // The status says so too.
    }

    @Override
    public void checked(LiveUpdate seen, String runId, Checked checked) {
      throw new AssertionError("nothing is updated here");
    }

    @Override
    public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable done) {
      throw new AssertionError("nothing is updated here");
    }

    @Override
    public void guest(VirtualMachine seen, RunRecord run) {
      // It runs all the time.
    }

    @Override
    public void reset(VirtualMachine seen, Instant requestedAt) {
      // The status says so too.
    }
  }
}
