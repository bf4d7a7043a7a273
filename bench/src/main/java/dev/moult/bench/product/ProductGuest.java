package dev.moult.bench.product;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.bench.Steps;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.EchoConnection;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A VirtualMachine whose VMM is replaced again and again, by a LiveUpdate with {@code force}. */
public final class ProductGuest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TestNamespace namespace;
  private final String name;
  private final Duration start;
  private final EchoConnection connection;
  private int updates;

  private ProductGuest(
      TestNamespace namespace, String name, Duration start, EchoConnection connection) {
    this.namespace = namespace;
    this.name = name;
    this.start = start;
    this.connection = connection;
  }

  /**
   * Starts the machine and waits until the guest has written its memory pattern.
   *
   * @param manifest of the VirtualMachine
   */
  public static ProductGuest boot(TestNamespace namespace, String name, String manifest)
      throws IOException, InterruptedException {
    var start = start(namespace, name, manifest);
    var vm = namespace.await(name, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
    try (var console = Console.follow(namespace, name)) {
      console.await(PATIENCE, line -> line.startsWith("pattern mb="));
    }
    return new ProductGuest(namespace, name, start, WatchedUpdate.services(vm).connect());
  }

  /** Starts the machine, waits until its QEMU runs and removes it. */
  public static Duration startAndRemove(TestNamespace namespace, String name, String manifest) {
    var took = start(namespace, name, manifest);
    namespace.vm(name).delete();
    namespace
        .vm(name)
        .waitUntilCondition(Objects::isNull, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    return took;
  }

  private static Duration start(TestNamespace namespace, String name, String manifest) {
    long applied = System.nanoTime();
    namespace.apply(manifest);
    namespace.await(name, PATIENCE, TestNamespace::guestRuns);
    return Duration.ofNanos(System.nanoTime() - applied);
  }

  /** From applying the VirtualMachine until its QEMU ran, seen through the API. */
  public Duration start() {
    return start;
  }

  /**
   * The QEMU that runs the guest now.
   *
   * @throws IOException if no process of its pod is on this node
   */
  public long qemuProcess() throws IOException {
    return qemuProcess(namespace, name);
  }

  /** As above, of any machine. */
  static long qemuProcess(TestNamespace namespace, String name) throws IOException {
    var vmm = Objects.requireNonNull(namespace.vm(name).require().getStatus().vmm());
    var pod = namespace.pod(Objects.requireNonNull(vmm.pod()));
    for (long pid : NodeView.processes(Objects.requireNonNull(pod).getMetadata().getUid())) {
      if (Files.readString(Path.of("/proc/" + pid + "/comm")).startsWith("qemu-system")) {
        return pid;
      }
    }
    throw new IOException("no QEMU of pod " + vmm.pod() + " runs on this node");
  }

  /**
   * What the machine costs beside its QEMU, in bytes; memory that processes share is shared out.
   *
   * @param inPods sandboxes of both pods and the anchor's program
   * @param shims the container runtime's process of each pod, which no pod is charged for
   */
  public record BesideQemu(long inPods, long shims) {}

  /**
   * Looks at its processes on this node.
   *
   * @throws IOException if there are none
   */
  public BesideQemu besideQemu() throws IOException {
    List<Long> processes = new ArrayList<>();
    for (Pod pod : namespace.podsOf(name)) {
      processes.addAll(NodeView.processes(pod.getMetadata().getUid()));
    }
    var shims =
        processes.stream()
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .flatMap(process -> process.parent().stream())
            .map(ProcessHandle::pid)
            .filter(parent -> !processes.contains(parent))
            .collect(Collectors.toSet());
    processes.remove(qemuProcess());
    return new BesideQemu(proportionalBytes(processes), proportionalBytes(shims));
  }

  private static long proportionalBytes(Collection<Long> processes) throws IOException {
    long sum = 0;
    for (long pid : processes) {
      sum += NodeView.proportionalBytes(pid);
    }
    return sum;
  }

  /** Waits until the machine is Ready, such as after a restart of the agent. */
  public void awaitReady() {
    namespace.await(name, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
  }

  /**
   * Runs one update and watches it.
   *
   * @throws IOException when it did not complete, or something of it could not be seen
   */
  public Update update() throws IOException, InterruptedException {
    var update = name + "-" + ++updates;
    try (var watched = new WatchedUpdate(namespace, name)) {
      var seen = watched.run(() -> namespace.apply(manifest(update)));
      var status = Objects.requireNonNull(seen.update().getStatus());
      if (status.phase() != LiveUpdatePhase.COMPLETED || status.pauseMicros() == null) {
        throw new IOException(
            "%s ended %s, %s: %s"
                .formatted(update, status.phase(), status.reason(), status.message()));
      }
      return new Update(
          steps(status),
          status.pauseMicros(),
          seen.applyToEnd().toNanos() / 1_000,
          seen.ping(),
          tapRepairs(status),
          seen.connectionAlive() && connection.echoes(),
          seen.ramInodeBefore() == seen.ramInodeAfter(),
          seen.shmemGrowth(),
          seen.sameGuest() && seen.memory().megabytes() > 0 && seen.memory().bad() == 0);
    }
  }

  /**
   * One rest.
   *
   * @param stopMicros from the guest's stop until its state was saved
   * @param resumeMicros from the wish that it runs until a connection of before was answered
   * @param whole whether it was, by the guest of before
   */
  public record Rest(long stopMicros, long resumeMicros, boolean whole) {}

  /** Puts the guest aside by its spec, and lets it go on. */
  public Rest rest() throws IOException {
    namespace.patch(name, "{\"spec\":{\"power\":\"Suspended\"}}");
    var aside = namespace.await(name, PATIENCE, vm -> isIn(vm, VirtualMachinePhase.SUSPENDED));
    var guest = Objects.requireNonNull(aside.getStatus().guest());
    var suspension = Objects.requireNonNull(guest.suspension());
    long wished = System.nanoTime();
    namespace.patch(name, "{\"spec\":{\"power\":\"Running\"}}");
    boolean whole = connection.echoes(); // TCP sends again until the guest answers
    long took = System.nanoTime() - wished;
    awaitReady();
    return new Rest(Objects.requireNonNull(suspension.stopMicros()), took / 1_000, whole);
  }

  /**
   * Kills its QEMU.
   *
   * @return microseconds until the next one ran the guest anew, seen through the API
   */
  public long crash() throws IOException {
    var before = namespace.vm(name).require().getStatus();
    long process = qemuProcess();
    long killed = System.nanoTime();
    ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
    namespace.await(
        name,
        PATIENCE,
        vm ->
            TestNamespace.guestRuns(vm)
                && !Objects.equals(
                    Objects.requireNonNull(before.guest()).vmmPod(),
                    Objects.requireNonNull(vm.getStatus().guest()).vmmPod()));
    long took = System.nanoTime() - killed;
    if (!Objects.equals(before.address(), namespace.vm(name).require().getStatus().address())) {
      throw new IOException("the guest has another address after the crash of its QEMU");
    }
    return took / 1_000;
  }

  private static boolean isIn(VirtualMachine vm, VirtualMachinePhase phase) {
    return vm.getStatus() != null && vm.getStatus().phase() == phase;
  }

  private String manifest(String update) {
    return """
    apiVersion: moult.dev/v1alpha1
    kind: LiveUpdate
    metadata:
      name: %s
    spec:
      virtualMachine: %s
      force: true
    """
        .formatted(update, name);
  }

  private static int tapRepairs(LiveUpdateStatus status) {
    var handoff = status.handoff();
    return handoff == null || handoff.tapRepairs() == null ? 0 : handoff.tapRepairs();
  }

  private static Steps steps(LiveUpdateStatus status) {
    var steps = new Steps();
    for (var entry : status.timeline()) {
      for (var step : StepName.values()) {
        if (step.value().equals(entry.step()) && entry.offsetMicros() != null) {
          steps.reached(step, entry.offsetMicros());
        }
      }
    }
    return steps;
  }

  @Override
  public void close() throws IOException {
    connection.close();
    namespace.vm(name).delete();
    namespace
        .vm(name)
        .waitUntilCondition(Objects::isNull, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
