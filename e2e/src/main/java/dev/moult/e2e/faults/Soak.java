package dev.moult.e2e.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Random faults at random moments of live updates: whom, how and when comes from one seed. What
 * must hold is the same each time: the guest is whole unless the fault took the QEMU that had it,
 * one QEMU ran it at a time, the update came to an end, and nothing is left. Each lane has updates
 * and faults of its own, and what strikes the node strikes all of them, so that an update may see
 * several faults. Two of the node's are not done at the same moment.
 */
final class Soak {
  private static final int LATEST_MILLIS = 2_500;

  private final Harness harness;
  private final Random random;
  private final long seed;
  private final Lock node = new ReentrantLock();

  /** Without an API server the harness itself is blind: that fault has all lanes for itself. */
  private final ReadWriteLock sight = new ReentrantReadWriteLock(true);

  /** What is done. */
  enum Blow {
    KILL,
    FREEZE,
    CUT,
    DELETE_POD
  }

  /** To whom. */
  enum Target {
    AGENT(EnumSet.of(Blow.KILL, Blow.FREEZE, Blow.CUT, Blow.DELETE_POD)),
    BROKER(EnumSet.of(Blow.KILL, Blow.FREEZE, Blow.CUT)),
    OPERATOR(EnumSet.of(Blow.KILL, Blow.FREEZE, Blow.DELETE_POD)),
    API_SERVER(EnumSet.of(Blow.FREEZE)),
    KUBELET(EnumSet.of(Blow.FREEZE)),
    CONTAINERD(EnumSet.of(Blow.FREEZE)),
    ANCHOR(EnumSet.of(Blow.KILL)),
    A(EnumSet.of(Blow.KILL, Blow.FREEZE, Blow.DELETE_POD)),
    B(EnumSet.of(Blow.KILL, Blow.FREEZE, Blow.DELETE_POD));

    private final Set<Blow> blows;

    Target(Set<Blow> blows) {
      this.blows = blows;
    }

    /** Whether the guest may be lost with it. */
    boolean mayHaveTheGuest() {
      return this == A || this == B;
    }

    private boolean isOfNode() {
      return this != A && this != B && this != ANCHOR;
    }
  }

  /**
   * One fault, drawn before any is done.
   *
   * @param delayMillis after the request for the update
   * @param freezeMillis how long, if it is that
   * @param seed for what is decided when it is done
   */
  private record Draw(Target target, Blow blow, long delayMillis, long freezeMillis, long seed) {
    String what() {
      return String.format(
          Locale.ROOT,
          "%s %s%s",
          words(target),
          words(blow),
          blow == Blow.FREEZE ? " %.1f s".formatted(freezeMillis / 1e3) : "");
    }

    private static String words(Enum<?> name) {
      return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  Soak(Harness harness, long seed) {
    this.harness = harness;
    this.random = new Random(seed);
    this.seed = seed;
  }

  /** So many faults, shared out among the lanes. */
  void run(int runs) throws InterruptedException {
    System.out.printf("soak of %d faults; repeat it with SEED=%d%n", runs, seed);
    Queue<Draw> open = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < runs; i++) {
      open.add(draw());
    }
    harness.onLanes(lane -> {
      for (Draw next = open.poll(); next != null; next = open.poll()) {
        Lock lock = next.target() == Target.API_SERVER ? sight.writeLock() : sight.readLock();
        lock.lock();
        try {
          harness.settle(lane, one(lane, next));
        } finally {
          lock.unlock();
        }
      }
    });
  }

  private Draw draw() {
    var target = Target.values()[random.nextInt(Target.values().length)];
    var blows = List.copyOf(target.blows);
    var blow = blows.get(random.nextInt(blows.size()));
    return new Draw(target, blow, random.nextInt(LATEST_MILLIS), freezeMillis(), random.nextLong());
  }

  /** 0.1–60 s, every order of magnitude as often as the others. */
  private long freezeMillis() {
    return Math.round(100 * Math.pow(600, random.nextDouble()));
  }

  private Outcome one(Lane lane, Draw draw) throws InterruptedException {
    long began = System.nanoTime();
    var when = draw.delayMillis() + " ms";
    try (var run = new SoakRun(harness, lane, draw.what(), when, new Random(draw.seed()))) {
      LockSupport.parkNanos(draw.delayMillis() * 1_000_000);
      strike(run, draw);
      return run.outcome(draw.target().mayHaveTheGuest());
    } catch (IOException | RuntimeException | AssertionError e) {
      return Outcome.failed(draw.what(), when, Duration.ofNanos(System.nanoTime() - began), e);
    }
  }

  private void strike(SoakRun run, Draw draw) throws IOException {
    boolean ofNode = draw.target().isOfNode();
    if (ofNode) {
      node.lock();
    }
    try {
      run.strike(draw.target(), draw.blow(), Duration.ofMillis(draw.freezeMillis()));
    } finally {
      if (ofNode) {
        node.unlock();
      }
    }
  }
}
