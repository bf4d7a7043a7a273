package dev.moult.agent.real;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileDigest;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.mount.DetachedTmpfs;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.process.ProcessTree;
import dev.moult.linux.socket.LoopbackListener;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.testing.Checkout;
import dev.moult.qemu.testing.Console;
import dev.moult.qemu.testing.Spawn;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.Operation;
import dev.moult.wire.PodStatus;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Does what the broker and the launchers do, without pods: an anchor is a set of descriptors in
 * this process, a VMM is a real QEMU as a child of it. What only pods have (cgroups, namespaces of
 * their own, proofs of identity) is the broker's own tests' and the end-to-end tests' to show.
 */
final class LocalBroker implements Broker, AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Path directory;
  private final Path boot;
  private final Consumer<Event> events;
  private final Map<String, String> versions = new ConcurrentHashMap<>();
  private final Map<String, Map<Integer, Fd>> held = new ConcurrentHashMap<>();
  private final Map<String, List<SlotFacts>> launched = new ConcurrentHashMap<>();
  private final Map<String, Process> processes = new ConcurrentHashMap<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Map<String, PodStatus.Stage> stages = new ConcurrentHashMap<>();
  private volatile @Nullable Consumer<Request<?>> before;
  private volatile @Nullable Consumer<Request<?>> after;
  private volatile @Nullable Function<Request<?>, @Nullable BrokerException> refusals;
  private volatile UnaryOperator<List<String>> arguments = UnaryOperator.identity();
  private volatile Function<String, MonitorProxy.@Nullable Lines> monitors = pod -> null;
  private @Nullable Console console;
  private @Nullable LocalQueues tap;
  private final Map<String, LocalQueues> taps = new ConcurrentHashMap<>();
  private @Nullable Fd pod;

  LocalBroker(Path directory, Path boot, Consumer<Event> events) {
    this.directory = directory;
    this.boot = boot;
    this.events = events;
  }

  /** The image of a VMM pod: a QEMU of that version. */
  void image(String podUid, String version) {
    versions.put(podUid, version);
  }

  /** Called with every request before it is done. */
  void beforeEach(Consumer<Request<?>> hook) {
    before = hook;
  }

  /** Called with every request when it is done, before the agent knows. */
  void afterEach(Consumer<Request<?>> hook) {
    after = hook;
  }

  /** From now on a request is not done for which this says why. */
  void refuse(Function<Request<?>, @Nullable BrokerException> why) {
    refusals = why;
  }

  /**
   * The agent dies when this is done and it does not know yet.
   *
   * @return completed when it has died
   */
  CompletableFuture<Void> agentDiesAfter(Predicate<Request<?>> request) {
    CompletableFuture<Void> died = new CompletableFuture<>();
    afterEach(asked -> {
      if (request.test(asked)) {
        afterEach(then -> {});
        Thread.currentThread().setUncaughtExceptionHandler((thread, played) -> died.complete(null));
        throw new AgentDied();
      }
    });
    return died;
  }

  /**
   * The agent dies when it asks this: its thread ends there, and asks nothing more.
   *
   * @return completed when it has died
   */
  CompletableFuture<Void> agentDiesAt(Predicate<Request<?>> request) {
    CompletableFuture<Void> died = new CompletableFuture<>();
    Thread[] dead = new Thread[1];
    beforeEach(asked -> {
      if (Thread.currentThread() == dead[0] || dead[0] == null && request.test(asked)) {
        dead[0] = Thread.currentThread();
        // Nobody else's fault: whoever awaits something is told of what no thread caught.
        dead[0].setUncaughtExceptionHandler((thread, played) -> died.complete(null));
        throw new AgentDied();
      }
    });
    return died;
  }

  private static final class AgentDied extends Error {
    private static final long serialVersionUID = 1L;

    AgentDied() {
      super("played", null, false, false);
    }
  }

  /** From now on a QEMU gets other arguments than its plan has. */
  void changeArguments(UnaryOperator<List<String>> change) {
    arguments = change;
  }

  /** From now on somebody listens at the monitor of a QEMU for which this says who. */
  void listenAtMonitors(Function<String, MonitorProxy.@Nullable Lines> who) {
    monitors = who;
  }

  /** What a broker that was there before its agent knows. */
  List<PodStatus> pods(String vmUid) {
    List<PodStatus> known = new ArrayList<>();
    held.forEach((podUid, slots) -> {
      Process process = processes.get(podUid);
      PodStatus.Stage stage =
          process == null || process.isAlive() ? PodStatus.Stage.LAUNCHED : PodStatus.Stage.EXITED;
      known.add(
          new PodStatus(podUid, process == null ? Role.ANCHOR : Role.VMM, vmUid, stage, "c1", 1));
    });
    return known;
  }

  Console console() {
    return Objects.requireNonNull(console);
  }

  /** Whether there is an anchor yet. */
  boolean hasConsole() {
    return console != null;
  }

  Process process(String podUid) {
    return Objects.requireNonNull(processes.get(podUid));
  }

  /** All QEMUs but one. */
  List<Process> others(String podUid) {
    return processes.entrySet().stream()
        .filter(process -> !process.getKey().equals(podUid))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Whether a QEMU was started in that pod. */
  boolean wasLaunched(String podUid) {
    return processes.containsKey(podUid);
  }

  boolean alive(String podUid) {
    Process process = processes.get(podUid);
    return process != null && process.isAlive();
  }

  /** The anchor's container dies: what it had parked is closed. */
  void stopAnchor(String anchorUid) {
    Map<Integer, Fd> slots = Objects.requireNonNull(held.put(anchorUid, Map.of()));
    slots.forEach((slot, fd) -> {
      if (Slots.isDisk(slot)) { // the others are shared with QEMUs here
        fd.close();
      }
    });
  }

  /** The slots that a pod's process holds. */
  Set<Integer> slots(String podUid) {
    return Objects.requireNonNull(held.get(podUid)).keySet();
  }

  /** What a QEMU wrote to its log. */
  String said(String podUid) throws IOException {
    return Files.readString(directory.resolve(podUid + ".log"));
  }

  List<String> meetingPlace(String anchorUid) throws IOException {
    try (var names = Files.list(Path.of(slot(anchorUid, 11).procPath()))) {
      return names.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Override
  public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
      throws BrokerException, InterruptedException {
    Consumer<Request<?>> hook = before;
    if (hook != null) {
      hook.accept(request);
    }
    Function<Request<?>, @Nullable BrokerException> refuses = refusals;
    BrokerException refusal = refuses == null ? null : refuses.apply(request);
    if (refusal != null) {
      throw refusal;
    }
    try {
      A answer = request.answer().cast(carryOut(request, attached));
      Consumer<Request<?>> done = after;
      if (done != null) {
        done.accept(request);
      }
      return answer;
    } catch (IOException e) {
      boolean gone = e instanceof LinuxException call && call.isNoProcess();
      throw new BrokerException.Refused(
          gone ? RefusalReason.GONE : RefusalReason.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private Answer carryOut(Request<?> request, List<Fd> attached)
      throws IOException, InterruptedException {
    return switch (request) {
      case Request.Expect expect -> {
        stages.putIfAbsent(expect.podUid(), PodStatus.Stage.EXPECTED);
        yield new Answer.Done();
      }
      case Request.Forget forget -> {
        stages.remove(forget.podUid());
        yield new Answer.Done();
      }
      case Request.MakeNetwork make -> {
        tap = makeTap(make.queues());
        yield new Answer.NetworkMade(1450, "10.85.0.8");
      }
      case Request.MakeBridge make -> {
        tap = makeTap(make.queues());
        yield new Answer.BridgeMade(
            1450, "10.85.0.8", 16, "8a:51:aa:bb:cc:dd", "10.85.0.1", List.of());
      }
      case Request.BridgeLink make -> {
        taps.put(make.link(), makeTap(1));
        String mac = "8a:51:aa:bb:cc:" + make.link().replace("net", "0");
        yield new Answer.BridgeMade(1450, "10.86.0.8", 24, mac, null, List.of());
      }
      case Request.SendPlan send -> {
        carryOutPlan(send, attached);
        yield new Answer.Done();
      }
      case Request.Facts facts -> {
        List<SlotFacts> now = facts(Objects.requireNonNull(held.get(facts.podUid())));
        yield new Answer.SlotsSeen(launched.getOrDefault(facts.podUid(), now), now);
      }
      case Request.Sweep sweep -> {
        Fd meet = slot(sweep.anchorPodUid(), 11);
        for (String name : meetingPlace(sweep.anchorPodUid())) {
          FileControl.unlink(meet, name);
        }
        yield new Answer.Done();
      }
      case Request.Memory work -> throw new IOException("no memory containers here");
      case Request.WatchTap watch -> new Answer.TapWatched(0, watchQueues(watch));
      case Request.OfferQueues offer -> {
        tap().offer();
        yield new Answer.Done();
      }
      case Request.Kill kill -> {
        Process process = processes.get(kill.podUid());
        if (process != null) {
          process.destroyForcibly();
          process.waitFor();
        }
        yield new Answer.Done();
      }
      case Request.Freeze freeze -> {
        freeze(freeze.podUid());
        yield new Answer.Done();
      }
      case Request.Thaw thaw -> {
        try (PidFd qemu = PidFd.open((int) process(thaw.podUid()).pid());
            ProcessTree tree = ProcessTree.of(qemu)) {
          tree.resume();
        }
        yield new Answer.Done();
      }
      case Request.ListPods list -> new Answer.Pods(List.of());
      case Request.ListenCpr listen -> throw new IOException("asks for a descriptor");
      case Request.ConnectCpr connect -> throw new IOException("asks for a descriptor");
      case Request.Terminal terminal -> throw new IOException("asks for a descriptor");
      case Request.ListenScreen listen -> throw new IOException("asks for a descriptor");
      case Request.ReadRam read -> throw new IOException("asks for a descriptor");
      case Request.Inventory inventory -> throw new IOException("not asked here");
      case Request.Measure measure -> measure(measure);
      case Request.Digest digest -> {
        Fd ram = ram(digest.anchorPodUid());
        FileDigest read = FileDigest.of(ram, FileStat.of(ram).size(), 2, Deadline.in(SOON));
        yield new Answer.Digested(read.crc32c(), read.bytes(), read.read(), 1);
      }
      case Request.Unknown unknown -> throw new IOException("not asked here");
    };
  }

  private void freeze(String podUid) throws IOException {
    try (PidFd qemu = PidFd.open((int) process(podUid).pid());
        ProcessTree tree = ProcessTree.of(qemu)) {
      if (!tree.stop(Deadline.inMillis(100))) {
        tree.resume();
        throw new IOException("it does not stop");
      }
    }
  }

  /** As the broker does; QEMU is in this process's pid namespace here, and the tap has no guest. */
  private Answer measure(Request.Measure measure) throws IOException {
    try (PidFd qemu = PidFd.open((int) process(measure.podUid()).pid());
        ProcDirectory proc = ProcDirectory.of(qemu)) {
      return new Answer.Measured(
          proc.processorTime(Set.copyOf(measure.threads())).toNanos() / 1_000,
          FileStat.of(slot(measure.anchorPodUid(), Slots.RAM)).blocks() * 512,
          null);
    }
  }

  @Override
  public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
      throws BrokerException, InterruptedException {
    try {
      return switch (request) {
        case Request.ListenCpr listen ->
            UnixListener.bind(
                    UnixSocket.Type.STREAM, slot(listen.anchorPodUid(), 11), listen.name(), 0700, 1)
                .release();
        case Request.ConnectCpr connect ->
            connect(slot(connect.anchorPodUid(), 11), connect.name(), connect.timeoutMillis());
        case Request.Terminal terminal -> slot(terminal.anchorPodUid(), Slots.TTY).dup();
        case Request.ListenScreen listen -> listenScreen(listen.port());
        case Request.ReadRam read ->
            Open.reopen(slot(read.anchorPodUid(), Slots.RAM), OpenFlag.READ_ONLY);
        default -> throw new IllegalStateException("no descriptor: " + request);
      };
    } catch (IOException e) {
      throw new BrokerException.Refused(RefusalReason.TIMED_OUT, String.valueOf(e.getMessage()));
    }
  }

  /** In a namespace of its own, as an anchor's is; {@link #screen} calls there. */
  private Fd listenScreen(int port) throws IOException {
    if (pod == null) {
      pod = own(inNamespace(null, NetworkNamespace::create));
      inNamespace(pod, () -> new ProcessBuilder("ip", "link", "set", "lo", "up").start().waitFor());
    }
    return inNamespace(pod, () -> LoopbackListener.bind(port, 4).release());
  }

  /** A connection to the port of the guest's screen, as a port-forward makes one. */
  SocketChannel screen(int port) throws IOException {
    return inNamespace(
        Objects.requireNonNull(pod),
        () -> SocketChannel.open(new InetSocketAddress("127.0.0.1", port)));
  }

  private static <T> T inNamespace(@Nullable Fd namespace, Callable<T> work) throws IOException {
    try {
      return namespace == null ? work.call() : NetworkNamespace.call(namespace, work);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static Fd connect(Fd place, String name, long millis)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.inMillis(millis);
    while (place.isOpen()) {
      try {
        return UnixSocket.connect(UnixSocket.Type.STREAM, place, name, deadline).release();
      } catch (LinuxException e) {
        if (deadline.isPassed() || !(e.isNoEntry() || e.isRefused())) {
          throw e;
        }
        Thread.sleep(2);
      }
    }
    throw new IOException("the meeting place is gone");
  }

  private void carryOutPlan(Request.SendPlan send, List<Fd> attached) throws IOException {
    Map<Integer, Fd> slots = new HashMap<>();
    AnchorStorage storage = new AnchorStorage(directory);
    int next = 0;
    for (Operation operation : send.plan().operations()) {
      if (operation instanceof Operation.EmptyRam empty) {
        Memfd.zero(Objects.requireNonNull(slots.get(empty.slot())));
        continue;
      }
      Fd fd =
          switch (operation) {
            case Operation.Receive receive -> source(send, send.sources().get(next++), attached);
            case Operation.CreateRam ram -> own(Memfd.guestRam("ram", ram.bytes(), pages(ram)));
            case Operation.OpenFile file -> own(open(file, storage));
            case Operation.DupTty tty -> {
              UnixSocket.Pair serial = own(UnixSocket.pair(UnixSocket.Type.STREAM));
              console = new Console(serial.left());
              yield serial.right().fd();
            }
            default -> own(storage.carryOut(operation));
          };
      slots.put(operation.slot(), fd);
    }
    MonitorProxy.Lines lines = slots.containsKey(20) ? monitors.apply(send.podUid()) : null;
    if (lines != null) {
      UnixListener agents = UnixListener.adopt(Objects.requireNonNull(slots.get(20)));
      Path socket = directory.resolve(send.podUid().substring(0, 8) + ".m");
      slots.put(20, own(new MonitorProxy(agents, socket, lines)).qemuSide());
    }
    held.put(send.podUid(), slots);
    if (send.plan().argv().isEmpty()) {
      events.accept(new Event.Launched(send.podUid(), facts(slots), storage.images()));
    } else {
      spawn(send, slots);
    }
  }

  private static Memfd.Pages pages(Operation.CreateRam ram) {
    return Arrays.stream(Memfd.Pages.values())
        .filter(pages -> pages.bytes() == Math.max(ram.hugePageBytes(), 4096))
        .findFirst()
        .orElseThrow();
  }

  private Fd open(Operation.OpenFile file, AnchorStorage storage) throws IOException {
    return file.directory().equals("/volumes/boot")
        ? Open.path(boot.resolve(file.path().replaceFirst("^boot/", "")), OpenFlag.READ_ONLY)
        : storage.open(file);
  }

  private Fd source(Request.SendPlan send, Source source, List<Fd> attached) throws IOException {
    return switch (source) {
      case Source.Parked parked -> slot(send.anchorPodUid(), parked.slot());
      case Source.Held other -> slot(other.podUid(), other.slot());
      case Source.Attached one -> own(attached.get(one.index()).dup());
      case Source.Reopen reopen ->
          own(AnchorStorage.reopen(slot(send.anchorPodUid(), reopen.slot()), reopen));
      case Source.Kvm kvm -> own(Open.path(Path.of("/dev/kvm"), OpenFlag.READ_WRITE));
      case Source.Tap theTap -> tap().queue(0).fd();
      case Source.TapQueue further -> tap().queue(further.queue()).fd();
      case Source.LinkTap further -> Objects.requireNonNull(taps.get(further.link())).queue(0).fd();
      case Source.Meeting meeting -> own(new DetachedTmpfs(64 * 1024, 16, 0, 0, 0700).mount());
      case Source.Unknown unknown -> throw new IOException("not asked here");
    };
  }

  private void spawn(Request.SendPlan send, Map<Integer, Fd> slots) throws IOException {
    String podUid = send.podUid();
    List<String> words = new ArrayList<>();
    words.add(Checkout.file("dev/qemu/qemu").toString());
    words.add(Objects.requireNonNull(versions.get(podUid)));
    List<String> planned = send.plan().argv();
    words.addAll(arguments.apply(List.copyOf(planned.subList(1, planned.size()))));
    TreeMap<Integer, Fd> all = new TreeMap<>(slots);
    words.addFirst(String.join(" ", all.keySet().stream().map(String::valueOf).toList()));
    Path spawnSocket = directory.resolve(podUid.substring(0, 8) + ".s");
    try (UnixListener dialled =
        UnixListener.bind(UnixSocket.Type.SEQPACKET, spawnSocket.toString(), 0700, 1)) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Spawn.class.getName(),
                  spawnSocket.toString())
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve(podUid + ".log").toFile())
              .start();
      processes.put(podUid, process);
      Deadline soon = Deadline.in(SOON);
      try (UnixSocket spawn = dialled.accept(soon)) {
        byte[] plan = String.join("\0", words).getBytes(StandardCharsets.UTF_8);
        spawn.send(plan, List.copyOf(all.values()), soon);
      }
      // A kept copy of its listening socket would keep the monitor's callers waiting for ever.
      List<SlotFacts> facts = facts(slots);
      launched.put(podUid, facts);
      for (int socket : List.of(Slots.QMP, Slots.GUEST_AGENT)) {
        Fd listening = slots.remove(socket);
        if (listening != null) {
          listening.close();
        }
      }
      // As the broker does: kept, they would keep the locks of a QEMU that is dead.
      for (int slot : List.copyOf(slots.keySet())) {
        if (slot == Slots.VARIABLES || Slots.isDisk(slot)) {
          Objects.requireNonNull(slots.remove(slot)).close();
        }
      }
      events.accept(new Event.Launched(podUid, facts));
      var unused = process.onExit().thenAccept(ended -> events.accept(new Event.Exited(podUid)));
    } finally {
      Files.deleteIfExists(spawnSocket);
    }
  }

  private static List<SlotFacts> facts(Map<Integer, Fd> slots) throws IOException {
    List<SlotFacts> facts = new ArrayList<>();
    for (Map.Entry<Integer, Fd> slot : new TreeMap<>(slots).entrySet()) {
      facts.add(SlotFacts.of(slot.getKey(), slot.getValue()));
    }
    return facts;
  }

  private LocalQueues makeTap(int queues) throws IOException {
    Fd namespace = own(inNamespace(null, NetworkNamespace::create));
    List<Tap> all = new ArrayList<>();
    for (int queue = 0; queue < queues; queue++) {
      all.add(own(inNamespace(namespace, () -> openTap(queues))));
    }
    return new LocalQueues(all);
  }

  private static Tap openTap(int queues) throws LinuxException {
    return queues == 1 ? Tap.attach("tap0", true) : Tap.attachQueue("tap0", true);
  }

  private int watchQueues(Request.WatchTap watch) throws IOException {
    if (tap == null) {
      return 0; // a handoff that is tidied up knows nothing of the guest's hardware
    }
    return watch.on() ? tap.hold() : tap.letGo(watch.keepQueues());
  }

  /** The guest's tap. */
  LocalQueues tap() {
    return Objects.requireNonNull(tap);
  }

  /** The guest's memory. */
  Fd ram(String anchorUid) {
    return slot(anchorUid, Slots.RAM);
  }

  private Fd slot(String podUid, int number) {
    return Objects.requireNonNull(Objects.requireNonNull(held.get(podUid)).get(number));
  }

  private <T extends AutoCloseable> T own(T resource) {
    synchronized (owned) {
      owned.add(resource);
    }
    return resource;
  }

  @Override
  public void close() throws Exception {
    processes.values().forEach(Process::destroyForcibly);
    for (Process process : processes.values()) {
      process.waitFor();
    }
    for (AutoCloseable each : owned.reversed()) {
      each.close();
    }
  }
}
