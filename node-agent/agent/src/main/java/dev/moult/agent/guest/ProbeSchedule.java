package dev.moult.agent.guest;

import dev.moult.agent.journal.AgentProbes;
import dev.moult.api.v1alpha1.FailedProbe;
import dev.moult.api.v1alpha1.ProbesStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * When a guest is asked through its agent whether it is well, and what has come of it: as a kubelet
 * does for a container, but one question at a time. The guest answers as it likes, so what that
 * makes us tell is rationed. Touched by the VM's thread alone.
 */
public final class ProbeSchedule {

  /** After a change it is not asked again sooner: a guest that flaps is told of no oftener. */
  static final Duration REST = Duration.ofSeconds(5);

  /** A failure that ended nothing is told again, each time later, up to this. */
  static final Duration REMINDER = Duration.ofMinutes(5);

  /** A new agent does not ask all guests of its node at once. */
  static final Duration SPREAD = Duration.ofSeconds(10);

  /** As long as the API's field. */
  private static final int MESSAGE = 512;

  private final AgentProbes probes;
  private final LongSupplier nanoTime;
  private final InstantSource clock;
  private final Map<ProbeKind, Tries> tries = new EnumMap<>(ProbeKind.class);
  private long beganNanos;
  private @Nullable Instant startedAt;
  private boolean ready;
  private @Nullable FailedProbe failed;
  private @Nullable Instant failedAt;
  private @Nullable String message;

  /** How the tries of one probe went. */
  private static final class Tries {
    final AgentProbes.Probe probe;
    long nextNanos;
    Instant began = Instant.EPOCH;
    boolean good;
    int inARow;
    // Failures in a row at which is told next that it has failed, and from one time to the next.
    int tellAt;
    int tellEvery;

    Tries(AgentProbes.Probe probe, long now) {
      this.probe = probe;
      nextNanos = now;
      again();
    }

    void again() {
      inARow = 0;
      tellAt = probe.failureThreshold();
      tellEvery = tellAt;
    }

    void ended(boolean well) {
      inARow = good == well ? inARow + 1 : 1;
      good = well;
      if (well) {
        tellAt = probe.failureThreshold();
        tellEvery = tellAt;
      }
    }

    /** Whether the failures in a row are to be told now. */
    boolean isToBeTold() {
      if (inARow < tellAt) {
        return false;
      }
      long most = Math.max(probe.failureThreshold(), REMINDER.toSeconds() / probe.periodSeconds());
      tellEvery = (int) Math.min(2L * tellEvery, most);
      tellAt = inARow + tellEvery;
      return true;
    }
  }

  /**
   * Of a guest that runs.
   *
   * @param told what an earlier agent told of this run; null at its beginning
   * @param ranFor how long the guest has run
   * @param nanoTime monotonic
   * @param clock for what is told
   * @param random for jitter
   */
  public ProbeSchedule(
      AgentProbes probes,
      @Nullable ProbesStatus told,
      Duration ranFor,
      LongSupplier nanoTime,
      InstantSource clock,
      RandomGenerator random) {
    this.probes = probes;
    this.nanoTime = nanoTime;
    this.clock = clock;
    begin();
    beganNanos -= ranFor.toNanos();
    if (told != null) {
      startedAt = told.startedAt() == null && mustStart() ? null : orNow(told.startedAt());
      ready = probes.readiness() == null || Boolean.TRUE.equals(told.ready());
      failed = told.failed();
      failedAt = told.failedAt();
      message = told.message();
      tries.values().forEach(each -> each.nextNanos += random.nextLong(spread(each.probe)));
    }
  }

  private static long spread(AgentProbes.Probe probe) {
    return Math.min(SPREAD.toNanos(), Duration.ofSeconds(probe.periodSeconds()).toNanos());
  }

  private void begin() {
    long now = nanoTime.getAsLong();
    beganNanos = now;
    tries.clear();
    for (ProbeKind kind : ProbeKind.values()) {
      AgentProbes.Probe probe = kind.of(probes);
      if (probe != null) {
        tries.put(kind, new Tries(probe, now));
      }
    }
    startedAt = mustStart() ? null : now();
    ready = probes.readiness() == null;
    failed = null;
    failedAt = null;
    message = null;
  }

  private boolean mustStart() {
    return probes.startup() != null || probes.afterKubelet();
  }

  private Instant orNow(@Nullable Instant instant) {
    return instant == null ? now() : instant;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /**
   * The guest was reset: it comes up again. What the kubelet asked before that is not asked again.
   */
  public void reset() {
    Instant before = startedAt;
    begin();
    if (probes.startup() == null) {
      startedAt = before;
    }
  }

  /** The guest stood still, or was handed over: what was counted until then does not count. */
  public void again() {
    tries.values().forEach(Tries::again);
  }

  /** The kubelet says that the guest has come up, if it is the one that asks. */
  public void cameUp() {
    if (probes.afterKubelet() && startedAt == null) {
      started();
    }
  }

  private void started() {
    startedAt = now();
    long now = nanoTime.getAsLong();
    tries.values().forEach(each -> each.nextNanos = now);
  }

  /** What is to be asked now; what has waited longest comes first. */
  public Optional<ProbeKind> due() {
    long now = nanoTime.getAsLong();
    return asked()
        .filter(kind -> dueNanos(kind) - now <= 0)
        .min(Comparator.comparingLong(kind -> dueNanos(kind) - now));
  }

  /** Nanoseconds until something is to be asked, 0 if it is; at most so many. */
  public long nanosToNext(long most) {
    long now = nanoTime.getAsLong();
    return asked().mapToLong(kind -> Math.max(0, dueNanos(kind) - now)).reduce(most, Math::min);
  }

  private Stream<ProbeKind> asked() {
    return tries.keySet().stream()
        .filter(kind -> (kind == ProbeKind.STARTUP) == (startedAt == null));
  }

  private long dueNanos(ProbeKind kind) {
    Tries of = of(kind);
    long first = beganNanos + Duration.ofSeconds(of.probe.initialDelaySeconds()).toNanos();
    return of.nextNanos - first > 0 ? of.nextNanos : first;
  }

  private Tries of(ProbeKind kind) {
    return Objects.requireNonNull(tries.get(kind));
  }

  /** A try begins. If nothing is said of its end, it does not count. */
  public void begun(ProbeKind kind) {
    Tries of = of(kind);
    of.began = now();
    of.nextNanos = nanoTime.getAsLong() + Duration.ofSeconds(of.probe.periodSeconds()).toNanos();
  }

  /** The try has succeeded. */
  public void succeeded(ProbeKind kind) {
    Tries of = of(kind);
    of.ended(true);
    if (of.inARow < of.probe.successThreshold()) {
      return;
    }
    switch (kind) {
      case STARTUP -> {
        recovered(FailedProbe.STARTUP);
        started();
      }
      case LIVENESS -> {
        if (recovered(FailedProbe.LIVENESS)) {
          rest(of);
        }
      }
      case READINESS -> {
        if (!ready) {
          ready = true;
          rest(of);
        }
      }
    }
    if (ready && failed == null) {
      message = null;
    }
  }

  /** Takes the word back that it has failed; false if there is none. */
  private boolean recovered(FailedProbe probe) {
    if (failed != probe) {
      return false;
    }
    failed = null;
    failedAt = null;
    message = null;
    return true;
  }

  /** The try has failed. */
  public void failed(ProbeKind kind, String why) {
    Tries of = of(kind);
    of.ended(false);
    if (kind == ProbeKind.READINESS) {
      unready(of, why);
    } else if (of.isToBeTold()) {
      failed = kind == ProbeKind.STARTUP ? FailedProbe.STARTUP : FailedProbe.LIVENESS;
      failedAt = of.began;
      message = words(kind, why);
      rest(of);
    }
  }

  private void unready(Tries of, String why) {
    boolean told = of.inARow > of.probe.failureThreshold() && !ready;
    if (of.inARow < of.probe.failureThreshold() || told) {
      return;
    }
    ready = false;
    if (failed == null) {
      message = words(ProbeKind.READINESS, why);
    }
    rest(of);
  }

  private static String words(ProbeKind kind, String why) {
    String words = kind.field() + ": " + why;
    return words.length() <= MESSAGE ? words : words.substring(0, MESSAGE - 1) + "…";
  }

  private void rest(Tries of) {
    long earliest = nanoTime.getAsLong() + REST.toNanos();
    if (of.nextNanos - earliest < 0) {
      of.nextNanos = earliest;
    }
  }

  /** What is told of them. */
  public ProbesStatus status() {
    return new ProbesStatus(startedAt, ready, failed, failedAt, message);
  }
}
