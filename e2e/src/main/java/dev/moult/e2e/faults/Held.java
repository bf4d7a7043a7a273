package dev.moult.e2e.faults;

import dev.moult.e2e.cluster.NodeView;
import dev.moult.linux.stop.StopPoint;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is held at a step of a table, with the two QEMUs that it is about. */
abstract class Held implements Subject, AutoCloseable {
  private final Lane lane;
  private final Trial trial;
  private final Lane.Before before;
  private final Sampler sampler;
  private final Deque<Hold> holds = new ArrayDeque<>();
  private volatile Set<String> pods;
  private final Victim a;
  private @Nullable Pod podB;
  private @Nullable Victim b;
  private final long beganNanos = System.nanoTime();

  Held(Lane lane, Trial trial, Lane.Before before, Qemus qemus) throws IOException {
    this.lane = lane;
    this.trial = trial;
    this.before = before;
    this.pods = Set.of(before.podAUid());
    // Now: at the last step it is dead.
    this.a = Victim.of(Node.qemu(before.podAUid()).orElseThrow());
    this.sampler = new Sampler(before.vmUid(), () -> qemus.in(pods));
  }

  /** Arms a stop point; it holds until {@link #release}. */
  final void arm(StopPoint point) throws IOException {
    holds.add(Hold.arm(point, before.vmUid()));
  }

  /** The one that was armed first. */
  final Hold firstHold() {
    return holds.getFirst();
  }

  /** Lets the first one go. */
  final void releaseFirst() throws IOException {
    holds.removeFirst().close();
  }

  /** The pod that shall have the guest, or has it. */
  final void setPodB(Pod pod) throws IOException {
    podB = pod;
    know(List.of(pod));
    // Before it has its plan it is the launcher still, which becomes the QEMU by exec.
    b = Victim.of(NodeView.program(podBUid()).orElseThrow());
  }

  /** Pods of VMMs that are to be watched from here on. */
  final void know(List<Pod> more) {
    var all = new HashSet<>(pods);
    more.forEach(pod -> all.add(pod.getMetadata().getUid()));
    pods = Set.copyOf(all);
  }

  /** Lets the agent go on (if it still lives). */
  void release() throws IOException {
    for (Hold hold : holds) {
      hold.close();
    }
    holds.clear();
  }

  /** Whether the journal says how it ends, or has let go of it already. */
  abstract boolean isDecided();

  /** Whether B has the guest, so that it is not killed for a moment's silence. */
  abstract boolean isCommitted();

  Trial trial() {
    return trial;
  }

  @Override
  public final Lane lane() {
    return lane;
  }

  @Override
  public final Set<String> vmmPodUids() {
    return pods;
  }

  @Override
  public final String podBName() {
    return podB().getMetadata().getName();
  }

  @Override
  public final String fault() {
    return trial.fault().title();
  }

  @Override
  public final String step() {
    return Integer.toString(trial.number());
  }

  @Override
  public final List<Expected> expected() {
    return trial.expected();
  }

  @Override
  public final Lane.Before before() {
    return before;
  }

  @Override
  public final Sampler sampler() {
    return sampler;
  }

  final String podBUid() {
    return podB().getMetadata().getUid();
  }

  final Pod podB() {
    return Objects.requireNonNull(podB);
  }

  final Victim a() {
    return a;
  }

  final Victim b() {
    return Objects.requireNonNull(b);
  }

  @Override
  public final Duration age() {
    return Duration.ofNanos(System.nanoTime() - beganNanos);
  }

  @Override
  public final void close() throws IOException {
    for (Hold hold : holds) {
      hold.close();
    }
    holds.clear();
    sampler.close();
    a.close();
    if (b != null) {
      b.close();
    }
  }
}
