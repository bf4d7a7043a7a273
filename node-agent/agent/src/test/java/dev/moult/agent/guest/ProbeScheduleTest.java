package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.AgentProbes;
import dev.moult.agent.journal.AgentProbes.Probe;
import dev.moult.api.v1alpha1.FailedProbe;
import dev.moult.api.v1alpha1.ProbesStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A guest's probes second by second: each try takes no time, {@code +} is one that succeeds, {@code
 * -} one that fails.
 */
class ProbeScheduleTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private long now = 1;
  private final InstantSource clock = () -> NOON.plusNanos(now - 1);

  private static Probe probe(int initialDelay, int period, int success, int failure) {
    return new Probe(List.of(), initialDelay, period, 1, success, failure);
  }

  private ProbeSchedule schedule(AgentProbes probes) {
    return schedule(probes, null, Duration.ZERO);
  }

  private ProbeSchedule schedule(AgentProbes probes, @Nullable ProbesStatus told, Duration ranFor) {
    return new ProbeSchedule(probes, told, ranFor, () -> now, clock, new Random(1));
  }

  private static AgentProbes readiness(Probe probe) {
    return new AgentProbes(probe, null, null, false);
  }

  private static AgentProbes liveness(Probe probe) {
    return new AgentProbes(null, probe, null, false);
  }

  private void pass(int seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  /** Asks what is due in each of so many seconds; says in which of them something else is told. */
  private List<String> run(ProbeSchedule schedule, int seconds, IntPredicate isWell) {
    List<String> told = new ArrayList<>();
    ProbesStatus before = schedule.status();
    for (int second = 0; second < seconds; second++) {
      for (var due = schedule.due(); due.isPresent(); due = schedule.due()) {
        schedule.begun(due.get());
        if (isWell.test(second)) {
          schedule.succeeded(due.get());
        } else {
          schedule.failed(due.get(), "no");
        }
      }
      ProbesStatus after = schedule.status();
      if (!after.equals(before)) {
        told.add(second + " " + words(after));
      }
      before = after;
      pass(1);
    }
    return told;
  }

  private static String words(ProbesStatus status) {
    return (status.startedAt() == null ? "starting" : "started")
        + (Boolean.TRUE.equals(status.ready()) ? " ready" : "")
        + (status.failed() == null ? "" : " " + status.failed());
  }

  /** Successes and failures in a row, a try each second, after a first success or failure. */
  @ParameterizedTest
  @CsvSource({
    // tries, successes that count, failures that count, ready at last
    "+, 1, 3, true",
    "+, 2, 3, false",
    "++, 2, 3, true",
    "+-+, 2, 3, false",
    "+--, 1, 3, true",
    "+---, 1, 3, false",
    "+--+--, 1, 3, true",
    "+---+, 1, 3, true",
    "+-, 1, 1, false",
    "-, 1, 1, false",
    "-++, 2, 1, true",
    "++-+, 2, 1, false",
    "++-++, 2, 1, true",
  })
  void readinessGoesByTriesInARow(String tries, int success, int failure, boolean ready) {
    ProbeSchedule schedule = schedule(readiness(probe(0, 1, success, failure)));

    for (char each : tries.toCharArray()) {
      schedule.begun(ProbeKind.READINESS);
      if (each == '+') {
        schedule.succeeded(ProbeKind.READINESS);
      } else {
        schedule.failed(ProbeKind.READINESS, "no");
      }
      pass(1);
    }

    assertThat(schedule.status().ready()).isEqualTo(ready);
    assertThat(schedule.status().failed()).isNull();
    assertThat(schedule.status().startedAt()).isEqualTo(NOON);
  }

  @ParameterizedTest
  @CsvSource({
    // tries, failures that count, failed at last
    "-, 1, true",
    "--, 3, false",
    "---, 3, true",
    "--+--, 3, false",
    "---+, 3, false",
    "+---, 3, true",
  })
  void livenessAndStartupFailByTriesInARow(String tries, int failure, boolean failed) {
    for (ProbeKind kind : List.of(ProbeKind.LIVENESS, ProbeKind.STARTUP)) {
      Probe probe = probe(0, 1, 1, failure);
      boolean live = kind == ProbeKind.LIVENESS;
      if (!live && tries.contains("+")) {
        continue; // one that has succeeded is asked no more
      }
      ProbeSchedule schedule =
          schedule(new AgentProbes(null, live ? probe : null, live ? null : probe, false));
      Instant last = NOON;
      for (char each : tries.toCharArray()) {
        last = clock.instant();
        schedule.begun(kind);
        pass(1);
        if (each == '+') {
          schedule.succeeded(kind);
        } else {
          schedule.failed(kind, "no");
        }
      }

      assertThat(schedule.status().failed())
          .isEqualTo(failed ? live ? FailedProbe.LIVENESS : FailedProbe.STARTUP : null);
      assertThat(schedule.status().failedAt()).isEqualTo(failed ? last : null);
      assertThat(schedule.status().message()).isEqualTo(failed ? kind.field() + ": no" : null);
      now = 1;
    }
  }

  @Test
  void theFirstTryWaitsForItsDelayAndTheOthersForTheirPeriod() {
    ProbeSchedule schedule = schedule(readiness(probe(5, 3, 1, 3)));
    List<Integer> asked = new ArrayList<>();

    for (int second = 0; second < 15; second++) {
      if (schedule.due().isPresent()) {
        asked.add(second);
        schedule.begun(ProbeKind.READINESS);
      }
      pass(1);
    }

    assertThat(asked)
        .as("a try of which nothing is said is followed by the next")
        .containsExactly(5, 8, 11, 14);
  }

  @Test
  void whatIsNextIsKnownBeforehand() {
    ProbeSchedule schedule = schedule(readiness(probe(5, 3, 1, 3)));
    long day = Duration.ofDays(1).toNanos();

    assertThat(schedule.nanosToNext(day)).isEqualTo(Duration.ofSeconds(5).toNanos());
    pass(6);
    assertThat(schedule.nanosToNext(day)).isZero();
    schedule.begun(ProbeKind.READINESS);
    assertThat(schedule.nanosToNext(day)).isEqualTo(Duration.ofSeconds(3).toNanos());
    assertThat(schedule.nanosToNext(7)).isEqualTo(7);
  }

  @Test
  void theOthersWaitUntilTheGuestHasComeUp() {
    ProbeSchedule schedule =
        schedule(new AgentProbes(probe(0, 1, 1, 1), probe(0, 1, 1, 1), probe(0, 2, 1, 10), false));

    List<String> told = run(schedule, 12, second -> second >= 6);

    assertThat(told).containsExactly("6 started ready");
    assertThat(schedule.status().startedAt()).isEqualTo(NOON.plusSeconds(6));
  }

  @Test
  void oneThatTheKubeletAsksFirstIsWaitedForToo() {
    ProbeSchedule schedule = schedule(new AgentProbes(probe(0, 1, 1, 1), null, null, true));

    assertThat(run(schedule, 5, second -> true)).isEmpty();
    assertThat(schedule.nanosToNext(11)).isEqualTo(11);

    schedule.cameUp();
    schedule.cameUp();
    assertThat(run(schedule, 5, second -> true)).containsExactly("0 started ready");
    assertThat(schedule.status().startedAt()).isEqualTo(NOON.plusSeconds(5));
  }

  @Test
  void aGuestThatDoesNotComeUpHasFailed() {
    ProbeSchedule schedule = schedule(new AgentProbes(null, null, probe(0, 10, 1, 3), false));

    assertThat(run(schedule, 25, second -> false)).containsExactly("20 starting ready STARTUP");
    assertThat(schedule.status().failedAt()).isEqualTo(NOON.plusSeconds(20));

    assertThat(run(schedule, 10, second -> true)).containsExactly("5 started ready");
    assertThat(schedule.status().message()).isNull();
  }

  @Test
  void whatHasWaitedLongestComesFirst() {
    ProbeSchedule schedule =
        schedule(new AgentProbes(probe(0, 5, 1, 3), probe(0, 2, 1, 3), null, false));
    schedule.begun(schedule.due().orElseThrow());
    schedule.begun(schedule.due().orElseThrow());
    assertThat(schedule.due()).isEmpty();

    pass(6); // liveness is due for four seconds, readiness for one

    assertThat(schedule.due()).contains(ProbeKind.LIVENESS);
    schedule.begun(ProbeKind.LIVENESS);
    assertThat(schedule.due()).contains(ProbeKind.READINESS);
  }

  /** It is told again, since one in a live update ends nothing; each time later. */
  @Test
  void aFailureThatGoesOnIsToldAgainEachTimeLater() {
    ProbeSchedule schedule = schedule(liveness(probe(0, 10, 1, 3)));

    List<String> told = run(schedule, 3600, second -> false);

    assertThat(told)
        .extracting(each -> Integer.parseInt(each.split(" ")[0]))
        .startsWith(20, 80, 200, 440, 740, 1040)
        .hasSizeLessThan(16);
  }

  /** A guest that flaps costs the API server a write in five seconds, however often it is asked. */
  @Test
  void aGuestThatFlapsIsToldOfNoOftener() {
    ProbeSchedule ready = schedule(readiness(probe(0, 1, 1, 1)));
    ProbeSchedule live = schedule(liveness(probe(0, 1, 1, 1)));
    boolean[] well = new boolean[1];

    assertThat(run(ready, 600, second -> well[0] ^= true)).hasSizeBetween(100, 121);
    assertThat(run(live, 600, second -> well[0] ^= true)).hasSizeBetween(100, 121);
  }

  /** The guest stood still, or was handed over: two of three failures are not one of the next. */
  @Test
  void whatWasCountedBeforeAPauseDoesNotCount() {
    ProbeSchedule schedule = schedule(liveness(probe(0, 1, 1, 3)));
    assertThat(run(schedule, 2, second -> false)).isEmpty();

    schedule.again();

    assertThat(run(schedule, 2, second -> false)).isEmpty();
    assertThat(run(schedule, 1, second -> false)).containsExactly("0 started ready LIVENESS");
  }

  @Test
  void aGuestThatWasReadyIsReadyAfterAPause() {
    ProbeSchedule schedule = schedule(readiness(probe(0, 1, 1, 3)));
    assertThat(run(schedule, 2, second -> true)).containsExactly("0 started ready");

    schedule.again();

    assertThat(run(schedule, 2, second -> false)).isEmpty();
    assertThat(schedule.status().ready()).isTrue();
  }

  @Test
  void aGuestThatIsResetComesUpAgain() {
    ProbeSchedule schedule =
        schedule(new AgentProbes(probe(0, 1, 1, 3), probe(0, 1, 1, 3), probe(10, 1, 1, 3), false));
    assertThat(run(schedule, 20, second -> true)).containsExactly("10 started ready");

    schedule.reset();

    assertThat(schedule.status()).isEqualTo(new ProbesStatus(null, false, null, null, null));
    assertThat(run(schedule, 20, second -> true)).containsExactly("10 started ready");
  }

  /** The kubelet's container is not started again by a reset: nobody would say that it came up. */
  @Test
  void whatTheKubeletHasSeenStandsThroughAReset() {
    ProbeSchedule schedule = schedule(new AgentProbes(probe(0, 1, 1, 1), null, null, true));
    schedule.cameUp();
    assertThat(run(schedule, 1, second -> true)).containsExactly("0 started ready");

    schedule.reset();

    assertThat(schedule.status()).isEqualTo(new ProbesStatus(NOON, false, null, null, null));
    assertThat(run(schedule, 1, second -> true)).containsExactly("0 started ready");
  }

  @Test
  void aNewAgentGoesOnFromWhatWasTold() {
    AgentProbes probes =
        new AgentProbes(probe(60, 1, 1, 3), probe(60, 1, 1, 3), probe(60, 1, 1, 3), false);
    var told =
        new ProbesStatus(
            NOON.minusSeconds(50),
            true,
            FailedProbe.LIVENESS,
            NOON.minusSeconds(5),
            "livenessProbe: x");
    ProbeSchedule schedule = schedule(probes, told, Duration.ofSeconds(70));

    assertThat(schedule.status()).isEqualTo(told);
    assertThat(run(schedule, 2, second -> false)).as("counted from zero").isEmpty();
    assertThat(run(schedule, 5, second -> true)).containsExactly("0 started ready");
  }

  @Test
  void oneThatHadNotComeUpIsAskedOn() {
    AgentProbes probes = new AgentProbes(null, null, probe(60, 1, 1, 3), false);
    ProbeSchedule schedule =
        schedule(probes, new ProbesStatus(null, true, null, null, null), Duration.ofSeconds(50));

    assertThat(run(schedule, 30, second -> true)).containsExactly("10 started ready");
  }

  @Test
  void whatASentenceSaysHasItsBound() {
    ProbeSchedule schedule = schedule(readiness(probe(0, 1, 1, 1)));
    schedule.begun(ProbeKind.READINESS);

    schedule.failed(ProbeKind.READINESS, "x".repeat(1000));

    assertThat(schedule.status().message()).hasSize(512).startsWith("readinessProbe: x");
  }
}
