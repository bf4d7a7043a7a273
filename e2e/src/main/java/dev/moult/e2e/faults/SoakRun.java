package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.socket.UnixSocket;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One live update of a soak, its fault, and the look afterwards. */
final class SoakRun implements Subject, AutoCloseable {
  private static final Duration END = Duration.ofMinutes(4);
  private static final Set<LiveUpdatePhase> ENDS =
      EnumSet.of(
          LiveUpdatePhase.COMPLETED,
          LiveUpdatePhase.ROLLED_BACK,
          LiveUpdatePhase.REFUSED,
          LiveUpdatePhase.FAILED);

  /** What is said of a connection that its owner ended in the meantime. */
  private static final Set<Errno> BY_ITSELF =
      EnumSet.of(Errno.EBADF, Errno.ESRCH, Errno.ENOTSOCK, Errno.ENOTCONN);

  private final Harness harness;
  private final Lane lane;
  private final Lane.Before before;
  private final LiveUpdate update;
  private final Sampler sampler;
  private final Random random;
  private final long beganNanos = System.nanoTime();
  private final String fault;
  private final String step;
  private @Nullable Expected expected;

  SoakRun(Harness harness, Lane lane, String fault, String step, Random random)
      throws IOException, InterruptedException {
    this.harness = harness;
    this.lane = lane;
    this.fault = fault;
    this.step = step;
    this.random = random;
    this.before = lane.ready();
    lane.pulse().reset();
    this.update = lane.request();
    this.sampler = new Sampler(before.vmUid(), () -> harness.qemus().in(vmmPodUids()));
  }

  /** Does it, to whoever is there; a target that does not exist yet or any more is left alone. */
  void strike(Soak.Target target, Soak.Blow blow, Duration freeze) throws IOException {
    if (blow == Soak.Blow.DELETE_POD) {
      deletePod(target);
      return;
    }
    try (var victim = victim(target).orElse(null)) {
      if (victim == null) {
        return;
      }
      switch (blow) {
        case KILL -> victim.kill();
        case FREEZE -> {
          victim.freeze();
          LockSupport.parkNanos(freeze.toNanos());
          victim.thaw();
        }
        case CUT -> cut(victim);
        case DELETE_POD -> {}
      }
    }
  }

  private Optional<Victim> victim(Soak.Target target) throws IOException {
    try {
      return switch (target) {
        case AGENT -> Optional.of(harness.node().agent());
        case BROKER -> Optional.of(harness.node().broker());
        case OPERATOR -> Optional.of(harness.node().operator());
        case API_SERVER -> Optional.of(Victim.part("kube-apiserver"));
        case KUBELET -> Optional.of(Victim.part("kubelet"));
        case CONTAINERD -> Optional.of(Victim.part("containerd"));
        case ANCHOR -> program(lane.anchorPods().getFirst().getMetadata().getUid());
        case A -> program(before.podAUid());
        case B -> {
          var b = vmmPodUids().stream().filter(uid -> !uid.equals(before.podAUid())).findFirst();
          yield b.isEmpty() ? Optional.empty() : program(b.get());
        }
      };
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static Optional<Victim> program(String podUid) throws IOException {
    var pid = NodeView.program(podUid);
    return pid.isEmpty() ? Optional.empty() : Optional.of(Victim.of(pid.get()));
  }

  private void deletePod(Soak.Target target) {
    List<Pod> pods =
        switch (target) {
          case AGENT -> harness.node().pods("node-agent");
          case OPERATOR -> harness.node().pods("operator");
          case A -> lane.vmmPods().stream().filter(this::isA).toList();
          case B -> lane.vmmPods().stream().filter(pod -> !isA(pod)).toList();
          case BROKER, API_SERVER, KUBELET, CONTAINERD, ANCHOR -> List.of();
        };
    for (Pod pod : pods) {
      var ignored = lane.namespace().client().resource(pod).delete();
    }
  }

  private boolean isA(Pod pod) {
    return pod.getMetadata().getUid().equals(before.podAUid());
  }

  /** Ends one of the process's Unix connections, as if its peer had hung up. */
  private void cut(Victim victim) throws IOException {
    var unix =
        // Of its own network namespace: that is what the kernel lists them by.
        Files.readAllLines(Path.of("/proc/" + victim.pid() + "/net/unix")).stream()
            .map(line -> line.strip().split("\\s+", -1))
            .filter(fields -> fields.length >= 7 && fields[5].equals("03")) // SS_CONNECTED
            .map(fields -> "socket:[" + fields[6] + "]")
            .collect(Collectors.toSet());
    var candidates = new ArrayList<Integer>();
    for (String fd : Node.names(Path.of("/proc/" + victim.pid() + "/fd"))) {
      var link = Path.of("/proc/" + victim.pid() + "/fd/" + fd);
      try {
        if (unix.contains(Files.readSymbolicLink(link).toString())) {
          candidates.add(Integer.parseInt(fd));
        }
      } catch (NoSuchFileException | NotLinkException closed) {
        continue; // since the directory was read
      }
    }
    if (!candidates.isEmpty()) {
      int fd = candidates.get(random.nextInt(candidates.size()));
      try (var process = PidFd.open(Math.toIntExact(victim.pid()));
          var socket = UnixSocket.adopt(process.getFd(fd))) {
        socket.shutdown(UnixSocket.Half.BOTH);
      } catch (LinuxException closed) {
        if (!BY_ITSELF.contains(closed.errno())) {
          throw closed;
        }
      }
    }
  }

  /** Waits for the end, then looks: whether the guest is the same decides what must hold else. */
  Outcome outcome(boolean mayBeLost) throws IOException, InterruptedException {
    var ended =
        lane.namespace().awaitUpdate(update.getMetadata().getName(), END, TestNamespace::ended);
    lane.awaitCalm();
    var now = lane.awaitAnswer();
    boolean same = now.bootId().equals(before.boot().bootId());
    if (!same && !mayBeLost) {
      throw lost(ended);
    }
    expected =
        new Expected(
            ENDS, same ? Expected.Guest.SAME : Expected.Guest.NEW_RUN, Expected.Vmm.ANOTHER);
    return Inspection.of(this);
  }

  /** With all that may tell why: the machine is deleted next. */
  private AssertionError lost(LiveUpdate ended) throws IOException {
    var status = ended.getStatus();
    return new AssertionError(
        "the guest was lost, and nothing was done to a QEMU: "
            + ended.getMetadata().getName()
            + " "
            + status.phase()
            + " "
            + status.reason()
            + ", "
            + status.message()
            + "; its QEMU was in pod "
            + before.podAUid()
            + "; the kernel says of QEMUs: "
            + KernelLog.ofQemus());
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Lane.Before before() {
    return before;
  }

  @Override
  public LiveUpdate update() {
    return update;
  }

  @Override
  public Sampler sampler() {
    return sampler;
  }

  /** By the broker's records on the node: they are there while the API server is not. */
  @Override
  public Set<String> vmmPodUids() {
    try {
      return Node.names(Node.RUN.resolve("broker")).stream()
          .filter(uid -> isVmmOfOurs(Node.read(Node.RUN.resolve("broker/" + uid))))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      return Set.of(before.podAUid());
    }
  }

  private boolean isVmmOfOurs(String record) {
    return record.contains("role=VMM\n") && record.contains("vm=" + before.vmUid());
  }

  @Override
  public String podBName() {
    return "";
  }

  @Override
  public String fault() {
    return fault;
  }

  @Override
  public String step() {
    return step;
  }

  @Override
  public List<Expected> expected() {
    return expected == null ? List.of() : List.of(expected);
  }

  @Override
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - beganNanos);
  }

  @Override
  public void close() {
    sampler.close();
  }
}
