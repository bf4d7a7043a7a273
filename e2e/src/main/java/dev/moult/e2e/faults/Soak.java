package dev.moult.e2e.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Random faults at random moments of live updates: whom, how and when comes from one seed. What
 * must hold is the same each time: the guest is whole unless the fault took the QEMU that had it,
 * one QEMU ran it at a time, the update came to an end, and nothing is left.
 */
final class Soak {
  private static final int LATEST_MILLIS = 2_500;

  private final Harness harness;
  private final Ledger ledger;
  private final Random random;
  private final long seed;

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
  }

  Soak(Harness harness, Ledger ledger, long seed) {
    this.harness = harness;
    this.ledger = ledger;
    this.random = new Random(seed);
    this.seed = seed;
  }

  /** So many faults, one after the other, each on one of the lanes. */
  void run(int runs) throws InterruptedException {
    System.out.printf("soak of %d faults; repeat it with SEED=%d%n", runs, seed);
    for (int i = 0; i < runs; i++) {
      var lane = harness.lanes().get(random.nextInt(harness.lanes().size()));
      var target = Target.values()[random.nextInt(Target.values().length)];
      var blows = List.copyOf(target.blows);
      var blow = blows.get(random.nextInt(blows.size()));
      long delay = random.nextInt(LATEST_MILLIS);
      ledger.add(one(lane, target, blow, delay, freezeMillis()));
    }
  }

  /** 0.1–60 s, every order of magnitude as often as the others. */
  private long freezeMillis() {
    return Math.round(100 * Math.pow(600, random.nextDouble()));
  }

  private Outcome one(Lane lane, Target target, Blow blow, long delay, long freeze)
      throws InterruptedException {
    long began = System.nanoTime();
    var what =
        String.format(
            Locale.ROOT,
            "%s %s%s",
            target.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            blow.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            blow == Blow.FREEZE ? " %.1f s".formatted(freeze / 1e3) : "");
    var when = delay + " ms";
    try (var run = new SoakRun(harness, lane, what, when, random)) {
      LockSupport.parkNanos(delay * 1_000_000);
      run.strike(target, blow, Duration.ofMillis(freeze));
      return run.outcome(target.mayHaveTheGuest());
    } catch (IOException | RuntimeException | AssertionError e) {
      return Outcome.failed(what, when, Duration.ofNanos(System.nanoTime() - began), e);
    }
  }
}
