package dev.moult.agent.real;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.run.NodeContext;
import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.run.VmSignal;
import dev.moult.agent.status.Teller;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.agent.watch.PodView;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.CpuSpec;
import dev.moult.api.v1alpha1.KernelBoot;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateSpec;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.api.v1alpha1.MemorySpec;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpecBuilder;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.api.v1alpha1.VmmSpec;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.probe.script.ProbeScript;
import dev.moult.qemu.testing.Checkout;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import dev.moult.wire.Role;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One node without Kubernetes: what operator, API server and kubelet do for one VM is done by the
 * test calling this; the agent's own part is real, and so are the QEMUs.
 */
final class TestNode implements AutoCloseable, Teller {
  static final String NODE = "node1";
  private static final Map<String, byte[]> PROBES = new ConcurrentHashMap<>();

  private volatile boolean verifyMemory;
  private final Path directory;
  private final Path runDirectory;
  private final String vmUid = UUID.randomUUID().toString();
  private final String anchorUid = UUID.randomUUID().toString();
  private final List<Map.Entry<Duration, UpdateResult>> measured = new ArrayList<>();
  private final Map<String, UpdateResult> results = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> checked = new ConcurrentHashMap<>();
  private final LocalBroker broker;
  private VmDirectory vms;
  private volatile @Nullable RunRecord shown;
  private volatile List<Obstacle> obstacles = List.of();
  private volatile @Nullable GuestView guestView;
  private volatile @Nullable ProbesStatus probes;
  private final List<String> pods = new ArrayList<>();
  private final List<Instant> resets = new CopyOnWriteArrayList<>();
  private int revision;
  private UnaryOperator<VirtualMachineSpecBuilder> wish = UnaryOperator.identity();
  private PodVolumes volumes = PodVolumes.none();

  TestNode(Path directory) throws Exception {
    this(directory, directory);
  }

  /** Another guest than the demonstration's: what is wished otherwise, what its anchor says. */
  void wish(UnaryOperator<VirtualMachineSpecBuilder> otherwise, PodVolumes anchor) {
    wish = otherwise;
    volumes = anchor;
  }

  /** The spec is changed while the guest lives. */
  void wishAgain(UnaryOperator<VirtualMachineSpecBuilder> otherwise) {
    UnaryOperator<VirtualMachineSpecBuilder> before = wish;
    wish = spec -> otherwise.apply(before.apply(spec));
    vms.post(vmUid, new VmSignal.Wished(vm()));
  }

  /** The requests for a reset that the agent said it has served. */
  List<Instant> resets() {
    return resets;
  }

  /** The kubelet has started the anchor's container again. */
  void anchorAgain() {
    vms.said(new Event.Dialled(anchorUid, "c2", new Hello(Role.ANCHOR, "test", Probe.none())));
  }

  /** The anchor's container has ended. */
  void anchorEnds() {
    broker.stopAnchor(anchorUid);
    vms.said(new Event.Exited(anchorUid));
  }

  /** With the agent's journal on another file system. */
  TestNode(Path directory, Path run) throws Exception {
    this.directory = directory;
    this.runDirectory = run.resolve("vms");
    Path boot = Checkout.imageRoot("guest").resolve("boot");
    broker = new LocalBroker(directory, boot, event -> vms().said(event));
    vms = start();
  }

  private VmDirectory vms() {
    return vms;
  }

  private VmDirectory start() throws Exception {
    NodeContext context =
        new NodeContext(
            NODE,
            broker,
            new NodeInventory(Acceleration.AUTO),
            KnownPairs::bundled,
            this,
            (result, took) -> {
              synchronized (measured) {
                measured.add(Map.entry(took, result));
              }
            },
            Clock.systemUTC());
    VmDirectory directory = new VmDirectory(new Journal(runDirectory), context);
    directory.load();
    directory.back(
        broker.pods(vmUid),
        new Answer.Capabilities(
            12,
            false,
            "runs real-mode code only",
            false,
            List.of(),
            false,
            List.of(),
            4096,
            1 << 30,
            "test"));
    return directory;
  }

  /** A new agent in the place of this one, which is left as a killed one leaves things. */
  void replaceAgent() throws Exception {
    vms = start();
    vms.post(vmUid, new VmSignal.Wished(vm()));
  }

  /** The API server shows a new agent the pods that are there. */
  void seePods() {
    vms.post(vmUid, new VmSignal.PodSeen(pod(anchorUid, "web-anchor", Role.ANCHOR, null, null)));
    String vmm = Objects.requireNonNull(Objects.requireNonNull(shown).vmm()).podUid();
    vms.post(vmUid, new VmSignal.PodSeen(pod(vmm, "web-vmm", Role.VMM, null, null)));
  }

  Collection<Glimpse> glimpses() {
    return vms.glimpses();
  }

  LocalBroker broker() {
    return broker;
  }

  String anchorUid() {
    return anchorUid;
  }

  @Nullable RunRecord shown() {
    return shown;
  }

  List<Obstacle> obstacles() {
    return obstacles;
  }

  @Nullable GuestView guestView() {
    return guestView;
  }

  @Nullable ProbesStatus probes() {
    return probes;
  }

  @Nullable UpdateResult result(String updateUid) {
    return results.get(updateUid);
  }

  Path journal() {
    return runDirectory.resolve(vmUid);
  }

  /** The VirtualMachine appears, with its anchor and its first VMM pod. */
  String boot(String version) throws Exception {
    vms.post(vmUid, new VmSignal.Wished(vm()));
    vms.post(vmUid, new VmSignal.PodSeen(pod(anchorUid, "web-anchor", Role.ANCHOR, null, null)));
    vms.said(new Event.Dialled(anchorUid, "c1", new Hello(Role.ANCHOR, "test", Probe.none())));
    return dial(version, null);
  }

  /** A VMM pod appears and its launcher dials. */
  String dial(String version, @Nullable String updateUid) throws Exception {
    String podUid = UUID.randomUUID().toString();
    pods.add(podUid);
    broker.image(podUid, version);
    vms.post(
        vmUid,
        new VmSignal.PodSeen(pod(podUid, "web-vmm-" + ++revision, Role.VMM, updateUid, null)));
    vms.said(new Event.Dialled(podUid, "c1", new Hello(Role.VMM, "test", probe(version))));
    return podUid;
  }

  /** The broker repeats to a new agent that a VMM pod's launcher waits. */
  void waits(String podUid, String version) throws Exception {
    vms.post(vmUid, new VmSignal.PodSeen(pod(podUid, "web-vmm", Role.VMM, null, null)));
    vms.said(new Event.Dialled(podUid, "c1", new Hello(Role.VMM, "test", probe(version))));
  }

  /** A LiveUpdate appears, and its new VMM pod dials. */
  String update(String version) throws Exception {
    String uid = UUID.randomUUID().toString();
    see(uid, Instant.now(), false, "2m");
    String unused = dial(version, uid);
    return uid;
  }

  /** LiveUpdates that are asked for from now on have the guest's memory verified. */
  void verifyMemory() {
    verifyMemory = true;
  }

  /** A LiveUpdate is seen. */
  void see(String uid, Instant started, boolean deleted, String timeout) {
    checked.putIfAbsent(uid, new CountDownLatch(1));
    LiveUpdate update = new LiveUpdate();
    update.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("web-" + uid.substring(0, 4))
            .withUid(uid)
            .withCreationTimestamp(started.toString())
            .withDeletionTimestamp(deleted ? Instant.now().toString() : null)
            .build());
    update.setSpec(new LiveUpdateSpec("web", false, timeout, null, verifyMemory));
    update.setStatus(
        LiveUpdateStatusBuilder.builder()
            .nodeName(NODE)
            .phase(LiveUpdatePhase.PREPARING)
            .startedAt(started)
            .build());
    vms.post(vmUid, new VmSignal.UpdateSeen(update));
  }

  /** Somebody deletes a VMM pod, with that grace. */
  void delete(String podUid, Duration grace) {
    vms.post(
        vmUid,
        new VmSignal.PodSeen(pod(podUid, "web-vmm", Role.VMM, null, Instant.now().plus(grace))));
  }

  /** Somebody deletes the new VMM pod of an update. */
  void deleteNew(String podUid, String updateUid) {
    Instant end = Instant.now().plusSeconds(600);
    vms.post(vmUid, new VmSignal.PodSeen(pod(podUid, "web-vmm-b", Role.VMM, updateUid, end)));
  }

  /** The operator has deleted every pod. */
  void allGone() {
    vms.said(new Event.Exited(anchorUid));
    pods.forEach(podUid -> vms.post(vmUid, new VmSignal.PodGone(podUid)));
    vms.post(vmUid, new VmSignal.PodGone(anchorUid));
  }

  void vmGone() {
    vms.post(vmUid, new VmSignal.Unwished());
  }

  void stopAgent() throws InterruptedException {
    vms.stop(Duration.ofSeconds(30));
  }

  private PodView pod(
      String uid, String name, Role role, @Nullable String updateUid, @Nullable Instant deleted) {
    return new PodView(
        uid, name, "default", "web", vmUid, role, updateUid, 0, deleted, 600, false, null, volumes,
        false);
  }

  private VirtualMachine vm() {
    VirtualMachineSpecBuilder demonstration =
        VirtualMachineSpecBuilder.builder()
            .cpu(new CpuSpec(1, null, null))
            .memory(new MemorySpec(new Quantity("256Mi"), null))
            .machineType("pc-q35-10.0")
            .vmm(new VmmSpec("test", Acceleration.AUTO))
            .boot(
                new BootSpec(
                    new KernelBoot(
                        "guest",
                        "/boot/vmlinuz",
                        "/boot/initrd.img",
                        "console=ttyS0 quiet panic=1 no_timer_check moult.verify_mb=64"),
                    null))
            .networks(
                List.of(new NetworkSpec("pod", new PodNetwork(null), null, null, List.of(), 1)));
    VirtualMachineSpec spec = wish.apply(demonstration).build();
    VirtualMachine vm = new VirtualMachine();
    vm.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("web")
            .withUid(vmUid)
            .withGeneration(1L)
            .build());
    vm.setSpec(spec);
    vm.setStatus(VirtualMachineStatusBuilder.builder().nodeName(NODE).runID(anchorUid).build());
    return vm;
  }

  private static Probe probe(String version) throws Exception {
    if (version.equals("none")) {
      return Probe.failed(LaunchReason.QEMU_NOT_FOUND, "no qemu-system-x86_64 in the image");
    }
    byte[] known = PROBES.get(version);
    if (known == null) {
      known = ask(version);
      PROBES.put(version, known);
    }
    return Probe.of(known);
  }

  private static byte[] ask(String version) throws Exception {
    var unused = Checkout.imageRoot("qemu-" + version);
    List<String> command =
        new ArrayList<>(List.of(Checkout.file("dev/qemu/qemu").toString(), version));
    ProbeScript.command("qemu").stream().skip(1).forEach(command::add);
    Process qemu = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try (InputStream output = qemu.getInputStream()) {
      qemu.getOutputStream().write(ProbeScript.requests());
      qemu.getOutputStream().flush();
      byte[] transcript = new byte[ProbeScript.MAX_RAW];
      int length = 0;
      while (!ProbeScript.answered(transcript, length)) {
        int count = output.read(transcript, length, transcript.length - length);
        if (count < 0) {
          throw new AssertionError("QEMU ended in its probe");
        }
        length += count;
      }
      return ProbeScript.pack(transcript, length);
    } finally {
      qemu.destroyForcibly();
    }
  }

  // ---------------------------------------------------------------- what the agent tells

  @Override
  public void vm(
      VirtualMachine seen,
      RunRecord run,
      List<Obstacle> now,
      GuestView view,
      @Nullable ProbesStatus told) {
    obstacles = now;
    probes = told;
    guestView = view;
    shown = run;
  }

  @Override
  public void checked(LiveUpdate seen, String runId, Checked what) {
    checked(seen.getMetadata().getUid()).countDown();
  }

  CountDownLatch checked(String updateUid) {
    return checked.computeIfAbsent(updateUid, uid -> new CountDownLatch(1));
  }

  @Override
  public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told) {
    results.put(update.uid(), result);
    told.run();
  }

  @Override
  public void reset(VirtualMachine seen, Instant requestedAt) {
    resets.add(requestedAt);
  }

  @Override
  public void freeze(VirtualMachine seen, FreezeRecord freeze) {
    System.out.println("freeze: " + freeze);
  }

  @Override
  public void watchdog(VirtualMachine seen, String message) {
    System.out.println("watchdog: " + message);
  }

  @Override
  public void guest(VirtualMachine seen, RunRecord run) {
    System.out.println("guest: " + run.guest());
  }

  @Override
  public void close() throws Exception {
    vms.stop(Duration.ofSeconds(10));
    broker.close();
  }
}
