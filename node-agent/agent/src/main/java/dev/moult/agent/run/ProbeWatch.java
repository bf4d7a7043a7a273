package dev.moult.agent.run;

import dev.moult.agent.guest.GuestLine;
import dev.moult.agent.guest.GuestProber;
import dev.moult.agent.guest.GuestSchedule;
import dev.moult.agent.guest.ProbeKind;
import dev.moult.agent.guest.ProbeResult;
import dev.moult.agent.guest.ProbeSchedule;
import dev.moult.agent.journal.AgentProbes;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.linux.Deadline;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Asks the probes of a guest that go by its guest agent, one try at a time, while the guest runs
 * and never during a handoff: a try that either cuts short does not count. Each try is a thread of
 * its own, that ends.
 */
final class ProbeWatch {
  private static final String NOBODY = "no guest agent runs in the guest";

  private static final Duration LONGEST = Duration.ofDays(1);

  private final VmState state;
  private final Clock clock;
  private final Runnable wake;
  private final Map<ProbeKind, GuestProber> probers = new EnumMap<>(ProbeKind.class);
  private @Nullable String runId;
  private @Nullable ProbeSchedule schedule;
  private @Nullable GuestRecord guest;
  private @Nullable GuestTalk<Said> current;

  /** What a try was of, and what came of it. */
  private record Said(ProbeKind kind, ProbeResult result) {}

  /**
   * For one VM.
   *
   * @param wake called, from another thread, when a try has ended
   */
  ProbeWatch(VmState state, Clock clock, Runnable wake) {
    this.state = state;
    this.clock = clock;
    this.wake = wake;
  }

  /**
   * Takes in what has happened. Whatever becomes of the line: what is told stands here.
   *
   * @param reset whether the guest was reset
   */
  void takeIn(boolean reset) {
    RunRecord run = state.run();
    AgentProbes probes = run == null ? null : run.probes();
    if (run == null || probes == null || run.guest().ended()) {
      forget();
      return;
    }
    if (!run.runId().equals(runId)) {
      forget();
      begin(run, probes);
    }
    ProbeSchedule now = schedule;
    if (now == null) {
      return;
    }
    boolean stood = !run.guest().equals(guest); // or does, or was handed over
    guest = run.guest();
    if (stood || reset) {
      disregard(now);
    }
    if (reset) {
      now.reset();
    }
    takeResult(now);
    if (isUpForKubelet(run)) {
      now.cameUp();
    }
    state.setProbes(now.status());
  }

  private void begin(RunRecord run, AgentProbes probes) {
    VirtualMachine vm = state.vm();
    if (vm == null || run.vmm() == null || !run.vmm().resumed()) {
      return; // what an earlier agent told is not known, or nothing runs yet
    }
    runId = run.runId();
    guest = run.guest();
    long ranMillis = Math.max(0, clock.millis() - run.guest().sinceMillis());
    schedule =
        new ProbeSchedule(
            probes,
            told(vm, run.runId()),
            Duration.ofMillis(ranMillis),
            System::nanoTime,
            clock,
            new Random());
    probers.clear();
    for (ProbeKind kind : ProbeKind.values()) {
      AgentProbes.Probe probe = kind.of(probes);
      if (probe != null) {
        probers.put(kind, new GuestProber(probe, run.vmUid()));
      }
    }
  }

  private static @Nullable ProbesStatus told(VirtualMachine vm, String runId) {
    GuestStatus guest = vm.getStatus() == null ? null : vm.getStatus().guest();
    return guest == null || !runId.equals(guest.runID()) ? null : guest.probes();
  }

  private void forget() {
    runId = null;
    schedule = null;
    guest = null;
    current = null;
    probers.clear();
    state.setProbes(null);
  }

  private boolean isUpForKubelet(RunRecord run) {
    Optional<PodView> anchor = state.known(run.anchorPodUid()).map(PodState::view);
    return anchor.filter(PodView::guestIsUp).isPresent();
  }

  private void takeResult(ProbeSchedule now) {
    GuestTalk<Said> ended = current;
    Said said = ended == null ? null : ended.result();
    if (ended == null || said == null) {
      return;
    }
    current = null;
    if (!ended.counts()) {
      return;
    }
    switch (said.result) {
      case ProbeResult.Good good -> now.succeeded(said.kind);
      case ProbeResult.Bad bad -> now.failed(said.kind, bad.why());
      case ProbeResult.Cut cut -> {}
    }
  }

  /** Whether a try is under way. */
  boolean isAsking() {
    return current != null;
  }

  /** Asks what is due; the line is nobody's at this moment. */
  void ask(@Nullable GuestLine line, GuestSchedule agent) {
    ProbeSchedule now = schedule;
    RunRecord run = state.run();
    if (now == null
        || line == null
        || current != null
        || run == null
        || run.guest().state() != GuestState.RUNNING
        || state.isUnsettled()) {
      return;
    }
    Optional<ProbeKind> due = now.due();
    if (due.isEmpty()) {
      state.askAgainAt(Deadline.in(Duration.ofNanos(now.nanosToNext(LONGEST.toNanos()))));
    } else if (agent.isOpen()) {
      now.begun(due.get());
      begin(due.get(), line);
    } else if (agent.isAway()) {
      now.begun(due.get());
      now.failed(due.get(), NOBODY);
      state.setProbes(now.status());
      state.askAgainAt(Deadline.now());
    } else {
      // It is gone for a moment, as one whose QEMU was replaced.
      state.askAgainAt(Deadline.in(Duration.ofNanos(agent.nanosToAway())));
    }
  }

  private void begin(ProbeKind kind, GuestLine line) {
    GuestProber prober = probers.get(kind);
    if (prober == null) {
      return;
    }
    current = GuestTalk.begin("guest-probe-", state, () -> new Said(kind, prober.ask(line)), wake);
  }

  private void disregard(ProbeSchedule now) {
    if (current != null) {
      current.disregard();
    }
    now.again();
  }

  /** The line is hung up: what was under way is over, and says nothing of the guest. */
  void cut() {
    current = null;
    ProbeSchedule now = schedule;
    if (now != null) {
      now.again();
    }
  }
}
