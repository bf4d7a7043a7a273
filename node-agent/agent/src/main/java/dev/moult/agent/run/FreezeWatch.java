package dev.moult.agent.run;

import dev.moult.agent.guest.FreezeResult;
import dev.moult.agent.guest.GuestFreezer;
import dev.moult.agent.guest.GuestLine;
import dev.moult.agent.guest.GuestSchedule;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.FilesystemFreeze;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.linux.Deadline;
import dev.moult.qemu.machine.Extra;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Freezes the guest's file systems through its guest agent, as spec.filesystemFreeze asks, and sees
 * to it that they are thawed: when nobody asks any more, when their time is over, when the guest is
 * to stop. One talk at a time, each a thread of its own, never during a handoff; a live update
 * leaves them frozen.
 */
final class FreezeWatch {
  /** For how long a guest agent is asked to freeze. */
  private static final Duration GIVE_UP = Duration.ofMinutes(2);

  /** An agent that does not answer is asked again. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  /** Somebody in the guest may thaw too. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private final VmState state;
  private final Clock clock;
  private final Runnable wake;
  private @Nullable GuestTalk<Said> current;
  private @Nullable FreezeRecord timed;
  private Deadline end = Deadline.never();
  private Deadline look = Deadline.now();
  private Deadline retry = Deadline.now();
  private String trouble = "the guest agent does not answer";

  private enum Kind {
    FREEZE,
    LOOK,
    THAW
  }

  /** What a talk was about, why, and what came of it. */
  private record Said(Kind kind, String why, FreezeResult result) {}

  /**
   * For one VM.
   *
   * @param wake called, from another thread, when a talk has ended
   */
  FreezeWatch(VmState state, Clock clock, Runnable wake) {
    this.state = state;
    this.clock = clock;
    this.wake = wake;
  }

  /**
   * Takes in what has happened, and what is asked for.
   *
   * @param reset whether the guest was reset
   */
  void takeIn(boolean reset) {
    RunRecord run = state.run();
    if (run == null) {
      current = null;
      return;
    }
    FreezeRecord record = run.freeze();
    if (record != null && record.isOpen() && (reset || run.guest().ended())) {
      if (current != null) {
        current.disregard();
      }
      end(record, reset ? "The guest was reset." : "The guest has ended.");
    }
    takeResult();
    takeRequest(Objects.requireNonNull(state.run()));
  }

  private void takeResult() {
    GuestTalk<Said> ended = current;
    Said said = ended == null ? null : ended.result();
    if (ended == null || said == null) {
      return;
    }
    current = null;
    FreezeRecord record = open();
    if (!ended.counts() || record == null) {
      return;
    }
    switch (said.result) {
      case FreezeResult.Frozen frozen -> {
        look = Deadline.in(LOOK_AGAIN);
        if (record.state() == FilesystemFreezeState.FREEZING) {
          state.setFreeze(record.frozen(frozen.count(), clock.millis()));
        }
      }
      case FreezeResult.Thawed thawed ->
          end(record, said.kind == Kind.THAW ? said.why : "They were unfrozen in the guest.");
      case FreezeResult.Refused refused -> {
        if (said.kind == Kind.FREEZE) {
          end(record, "The guest agent does not freeze them: " + clause(refused.why()) + ".");
        } else {
          troubled(record, said.kind, refused.why());
        }
      }
      case FreezeResult.Unknown unknown -> troubled(record, said.kind, unknown.why());
      case FreezeResult.Cut cut -> look = Deadline.now();
    }
  }

  private void troubled(FreezeRecord record, Kind kind, String why) {
    retry = Deadline.in(AGAIN);
    trouble = clause(why);
    if (kind == Kind.THAW) {
      state.setFreeze(
          record.saying("They cannot be unfrozen: " + trouble + ". It is tried again."));
    }
  }

  /** Without the full stop of a sentence. */
  private static String clause(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private void takeRequest(RunRecord run) {
    FilesystemFreeze wish = wish(run);
    FreezeRecord before = run.freeze();
    if (wish == null
        || (before != null && !before.isBefore(wish.requestedAt()))
        || run.vmm() == null
        || !run.vmm().resumed()
        || run.guest().state() != GuestState.RUNNING
        || isLeaving(run)) {
      return;
    }
    long now = clock.millis();
    Duration most = HumanDuration.parse(wish.unfreezeAfter());
    if (!run.has(Extra.GUEST_AGENT)) {
      state.setFreeze(
          FreezeRecord.over(
              wish.requestedAt(),
              FilesystemFreezeState.FAILED,
              now,
              "The guest's machine has no channel to a guest agent."));
    } else if (before != null && before.state() == FilesystemFreezeState.FROZEN) {
      state.setFreeze(before.prolonged(wish.requestedAt(), most, now));
    } else {
      // In the journal before it is done, or not done.
      state.save(
          run.withFreeze(
              FreezeRecord.asked(wish.requestedAt(), most, now, now + GIVE_UP.toMillis())));
    }
  }

  /** What is asked for in this run; null when nothing is, or nobody knows. */
  private @Nullable FilesystemFreeze wish(RunRecord run) {
    VirtualMachine vm = own(run);
    return vm == null ? null : vm.getSpec().filesystemFreeze();
  }

  private @Nullable VirtualMachine own(RunRecord run) {
    VirtualMachine vm = state.vm();
    return vm != null && vm.getStatus() != null && run.runId().equals(vm.getStatus().runID())
        ? vm
        : null;
  }

  private boolean isLeaving(RunRecord run) {
    Scene.Wish wish = state.wish();
    return run.guest().state() == GuestState.STOPPING
        || (wish != null && wish.stopped())
        || state.isStopWanted();
  }

  /** Why what may be frozen is to be thawed; null when it is not. */
  private @Nullable String over(RunRecord run, FreezeRecord record) {
    if (isLeaving(run)) {
      return "The guest is to stop.";
    }
    FilesystemFreeze wish = wish(run);
    if (own(run) != null && (wish == null || !record.isAbout(wish.requestedAt()))) {
      return "spec.filesystemFreeze does not ask for it any more.";
    }
    if (end(record).isPassed()) {
      return record.state() == FilesystemFreezeState.FROZEN
          ? "Their time was over."
          : "They could not be frozen within %s: %s."
              .formatted(HumanDuration.format(GIVE_UP), trouble);
    }
    return null;
  }

  /** By the monotonic clock, once this has seen it: the other one may be set. */
  private Deadline end(FreezeRecord record) {
    if (timed == null
        || timed.untilMillis() != record.untilMillis()
        || timed.state() != record.state()) {
      long most = Math.max(record.mostMillis(), GIVE_UP.toMillis());
      end = Deadline.inMillis(Math.clamp(record.untilMillis() - clock.millis(), 0, most));
    }
    timed = record;
    return end;
  }

  private void end(FreezeRecord record, String why) {
    state.setFreeze(record.ended(clock.millis(), why));
  }

  private @Nullable FreezeRecord open() {
    RunRecord run = state.run();
    FreezeRecord record = run == null ? null : run.freeze();
    return record != null && record.isOpen() ? record : null;
  }

  /** Whether a talk is under way. */
  boolean isAsking() {
    return current != null;
  }

  /** Whether file systems may be frozen: the guest agent answers nothing else then. */
  boolean holds() {
    return open() != null;
  }

  /** Somebody in the guest has opened its end of the channel: it may not be who froze. */
  void opened() {
    look = Deadline.now();
  }

  /** Asks what is due; the line is nobody's at this moment. */
  void ask(@Nullable GuestLine line, GuestSchedule agent) {
    RunRecord run = state.run();
    FreezeRecord record = open();
    if (run == null || record == null || line == null || current != null || state.isUnsettled()) {
      return;
    }
    if (run.guest().state() != GuestState.RUNNING && run.guest().state() != GuestState.STOPPING) {
      return; // it stands still, and nobody in it can answer
    }
    String over = over(run, record);
    if (agent.isAway()) {
      away(record, over != null);
    } else if (!agent.isOpen()) {
      // It is gone for a moment, as one whose QEMU was replaced.
      state.askAgainAt(Deadline.in(Duration.ofNanos(agent.nanosToAway())));
    } else if (!retry.isPassed()) {
      state.askAgainAt(retry);
    } else if (over != null) {
      begin(Kind.THAW, over, line);
    } else if (record.state() == FilesystemFreezeState.FREEZING) {
      begin(Kind.FREEZE, "", line);
    } else if (look.isPassed()) {
      begin(Kind.LOOK, "", line);
    } else {
      state.askAgainAt(look);
      state.askAgainAt(end);
    }
  }

  private void away(FreezeRecord record, boolean over) {
    if (record.state() == FilesystemFreezeState.FREEZING) {
      end(record, "No guest agent runs in the guest.");
    } else if (over) {
      state.setFreeze(record.saying("They cannot be unfrozen: no guest agent runs in the guest."));
    }
  }

  private void begin(Kind kind, String why, GuestLine line) {
    current =
        GuestTalk.begin("guest-freeze-", state, () -> new Said(kind, why, talk(kind, line)), wake);
  }

  private static FreezeResult talk(Kind kind, GuestLine line) {
    return switch (kind) {
      case FREEZE -> GuestFreezer.freeze(line);
      case LOOK -> GuestFreezer.look(line);
      case THAW -> GuestFreezer.thaw(line);
    };
  }

  /** The line is hung up: what was under way is over, and is looked into again. */
  void cut() {
    current = null;
    look = Deadline.now();
    retry = Deadline.now();
  }
}
