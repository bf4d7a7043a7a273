package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.linux.stop.StopPoint;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A live update that is held at a step, with the two processes that it is about. */
final class Held implements Subject, AutoCloseable {
  private static final Duration REACHED = Duration.ofSeconds(90);

  /** How often a lane is asked for an update that gets to the step. */
  private static final int TRIES = 3;

  /** How often an update that does not get to its step is looked at. */
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** For B to take in what A has sent: the time of the stop phase was spent by this hold. */
  private static final Duration TAKEN_IN = Duration.ofMillis(400);

  private final Lane lane;
  private final FaultTable.Cell cell;
  private final Lane.Before before;
  private final LiveUpdate update;
  private final Sampler sampler;
  private final Deque<Hold> holds = new ArrayDeque<>();
  private volatile Set<String> pods;
  private @Nullable Pod podB;
  private final Victim a;
  private @Nullable Victim b;
  private final long beganNanos = System.nanoTime();

  private Held(Lane lane, FaultTable.Cell cell, Lane.Before before, Qemus qemus)
      throws IOException {
    this.lane = lane;
    this.cell = cell;
    this.before = before;
    this.pods = Set.of(before.podAUid());
    // Now: at the last step it is dead.
    this.a = Victim.of(Node.qemu(before.podAUid()).orElseThrow());
    if (cell.step() == Step.MAIN) {
      holds.add(Hold.arm(StopPoint.AGENT_HANG_UP, before.vmUid()));
    }
    holds.add(Hold.arm(cell.step().point(), before.vmUid()));
    this.update = lane.request();
    this.sampler = new Sampler(before.vmUid(), () -> qemus.in(pods));
  }

  /** Asks for a live update and waits until it stands at the cell's step. */
  static Held at(Lane lane, FaultTable.Cell cell, Qemus qemus)
      throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      var before = lane.ready();
      lane.pulse().reset();
      var held = new Held(lane, cell, before, qemus);
      try {
        held.reach();
        return held;
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        held.close();
        if (!(e instanceof RolledBackBefore) || tries == TRIES) {
          throw e;
        }
        System.err.println(lane.name() + " is asked again: " + e.getMessage());
      }
    }
  }

  /** An update that was rolled back before there was a fault: a slow moment of a busy machine. */
  private static final class RolledBackBefore extends AssertionError {
    private static final long serialVersionUID = 1;

    RolledBackBefore(String message) {
      super(message);
    }
  }

  private void reach() throws IOException, InterruptedException {
    await(holds.getFirst());
    var made = lane.podB(update);
    podB = made;
    pods = Set.of(before.podAUid(), made.getMetadata().getUid());
    // At the first step it is the launcher still, which becomes the QEMU by exec.
    b = Victim.of(NodeView.program(podBUid()).orElseThrow());
    if (cell.step() == Step.MAIN) {
      b().freeze();
      Hold hangUp = holds.removeFirst();
      hangUp.close();
      await(holds.getFirst());
    }
  }

  /** An update that has ended, or stands still, says why itself. */
  private void await(Hold hold) throws InterruptedException {
    long end = System.nanoTime() + REACHED.toNanos();
    while (!hold.await(LOOK)) {
      LiveUpdate now = lane.namespace().update(update.getMetadata().getName()).get();
      boolean over = now == null || TestNamespace.ended(now);
      if (over || System.nanoTime() - end > 0) {
        var why =
            "%s was not reached in %.1f s; the update: %s"
                .formatted(hold.point().fileName(), age().toMillis() / 1e3, told(now));
        throw now != null && TestNamespace.phase(now) == LiveUpdatePhase.ROLLED_BACK
            ? new RolledBackBefore(why)
            : new AssertionError(why);
      }
    }
  }

  private static String told(@Nullable LiveUpdate update) {
    if (update == null) {
      return "gone";
    }
    var status = update.getStatus();
    return status == null
        ? "has no status"
        : "%s %s: %s, %s"
            .formatted(status.phase(), status.reason(), status.message(), status.timeline());
  }

  /** Lets the agent go on (if it still lives). */
  void release() throws IOException {
    if (cell.step() == Step.MAIN && cell.fault() != Fault.B_FROZEN) {
      b().thaw();
      LockSupport.parkNanos(TAKEN_IN.toNanos());
    }
    for (Hold hold : holds) {
      hold.close();
    }
    holds.clear();
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Set<String> vmmPodUids() {
    return pods;
  }

  @Override
  public String podBName() {
    return podB().getMetadata().getName();
  }

  @Override
  public String fault() {
    return cell.fault().title();
  }

  @Override
  public String step() {
    return Integer.toString(cell.step().number());
  }

  @Override
  public List<Expected> expected() {
    return cell.expected();
  }

  FaultTable.Cell cell() {
    return cell;
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

  String podBUid() {
    return Objects.requireNonNull(podB).getMetadata().getUid();
  }

  Pod podB() {
    return Objects.requireNonNull(podB);
  }

  Victim a() {
    return a;
  }

  Victim b() {
    return Objects.requireNonNull(b);
  }

  @Override
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - beganNanos);
  }

  @Override
  public void close() throws IOException {
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
