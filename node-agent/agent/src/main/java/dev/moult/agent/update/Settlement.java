package dev.moult.agent.update;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.Verdict;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Limit;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.linux.Clocks;
import dev.moult.linux.Deadline;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings a handoff to its end: asks {@link Decision}, does what it says, looks, asks again. The
 * conductor comes here with what it knows already, so that nothing is asked twice in the pause; a
 * restarted agent comes here knowing nothing.
 */
final class Settlement {
  private static final Logger LOG = Logger.getLogger(Settlement.class);

  /** How long {@code cont} on B is tried again when it is refused (a foreign lock on a disk). */
  private static final Duration CONT_AGAIN = Duration.ofMillis(500);

  private static final Duration GLANCE = Duration.ofMillis(50);

  private final Sides sides;
  private final VmJournal journal;
  private final Timeline timeline;
  private final boolean conducting;
  private final @Nullable MemoryCheck memory;
  private UpdateRecord record;
  private Verdict verdict;
  private Demand demand = Demand.NONE;
  private @Nullable Limit limit;
  private Deadline until = Deadline.never();
  private @Nullable Deadline contAgain;
  private @Nullable String contRefusal;
  private @Nullable Transfer transfer;
  private @Nullable HandoffFailedException unproved;
  private boolean stoodTooLong;
  private @Nullable Long pause;

  /**
   * For one handoff.
   *
   * @param memory null unless the guest's memory is to be verified
   */
  Settlement(
      Sides sides,
      VmJournal journal,
      UpdateRecord record,
      Timeline timeline,
      boolean conducting,
      @Nullable MemoryCheck memory)
      throws IOException {
    this.memory = memory;
    this.sides = sides;
    this.journal = journal;
    this.record = record;
    this.timeline = timeline;
    this.conducting = conducting;
    this.verdict = conducting ? Verdict.NONE : journal.verdict(record.uid());
  }

  /** What B said when it refused to run; null if it did not. */
  @Nullable String contRefusal() {
    return contRefusal;
  }

  /** Why B may not have the memory although it has all else; null if it may. */
  @Nullable HandoffFailedException unproved() {
    return unproved;
  }

  /** Whether it was rolled back because the guest had stood for too long. */
  boolean stoodTooLong() {
    return stoodTooLong;
  }

  /** What was read of the guest's memory; null if nothing was. */
  UpdateRecord.@Nullable Memory memory() {
    return memory == null ? null : memory.result();
  }

  /** How long the guest stood still, as far as it is known; null if it is not. */
  @Nullable Long pauseMicros() {
    return pause != null ? pause : record.pauseMicros();
  }

  /**
   * Writes down that from now on the guest may stand still, and once more when it does: for whoever
   * must end the handoff, and tell its pause.
   */
  void noteStandstill() {
    note(record.mayStop(Clocks.bootTimeNanos()));
  }

  /** Decides from what can be seen. */
  Action settle() throws InterruptedException {
    Target target = sides.lookAtB();
    return decide(lookAtA(target), target);
  }

  /**
   * Looks at A, which goes on for that if it was stopped: not beside a B that runs, and when B is
   * dead, in any case.
   */
  private Source lookAtA(Target b) throws InterruptedException {
    if (b == Target.GONE || b == Target.ABSENT) {
      sides.unfreezeA();
    } else if (b == Target.RUNNING && verdict == Verdict.COMMIT) {
      return sides.isGoneA() ? Source.GONE : Source.SILENT;
    }
    return sides.lookAtA();
  }

  /** A step failed before B was told to listen: nothing has moved, so nothing need be looked at. */
  Action rollBack() throws InterruptedException {
    demand = Demand.PREPARATION_FAILED;
    return decide(Source.SILENT, Target.SILENT);
  }

  /**
   * The transfer failed: what has moved is looked at, unless the guest has stood too long already.
   *
   * @param failed knows whether and when A stopped the guest
   */
  Action transferFailed(Transfer failed) throws InterruptedException {
    transfer = failed;
    demand = Demand.TRANSFER_FAILED;
    return isOverdue(Source.SILENT) ? decide(Source.SILENT, Target.SILENT) : settle();
  }

  /**
   * The way through the pause: both sides say that the state is over, and nothing more is asked of
   * A. When it is frozen, B is looked at once more before the verdict: one that hangs then can
   * still be killed, and A let go on.
   *
   * @param stopped knows when A stopped the guest
   */
  Action commit(Transfer stopped) throws InterruptedException {
    transfer = stopped;
    return decide(Source.POSTMIGRATE, Target.LOADED);
  }

  /** Asks, does, looks, asks again; a verdict changes nothing that could be looked at. */
  private Action decide(Source source, Target target) throws InterruptedException {
    Source a = source;
    Target b = target;
    while (true) {
      boolean overdue = isOverdue(a);
      Action action = Decision.next(seen(a, b, overdue));
      stoodTooLong |= action == Action.WRITE_ROLLBACK && overdue;
      if (action.isEnd()) {
        return action;
      }
      act(action, a);
      if (action == Action.CONT_TARGET && sides.resumed() != null) {
        b = Target.RUNNING; // seen: A is to die now, and looking at it takes time
      } else if (action != Action.WRITE_ROLLBACK && !committed(action)) {
        b = sides.lookAtB();
        a = lookAtA(b);
      }
    }
  }

  private boolean committed(Action action) {
    return action == Action.WRITE_COMMIT && verdict == Verdict.COMMIT;
  }

  private Seen seen(Source a, Target b, boolean overdue) {
    return new Seen(
        verdict, a, b, sides.frozen(), record.contRefused(), conducting, demand, overdue);
  }

  /** Whether the time of this state has passed; it begins when the state is first seen. */
  private boolean isOverdue(Source a) {
    Limit now = Decision.limit(verdict, a);
    if (now != limit || now == Limit.GO_ON && sides.mayBeFrozen()) {
      limit = now; // a stopped A cannot go on, whoever holds up who is to let it
      until = Deadline.in(left(now));
    }
    return until.isPassed();
  }

  private Duration left(Limit now) {
    Duration most = now.most();
    if (most == null) {
      return Duration.ofNanos(record.deadlineBootNanos() - Clocks.bootTimeNanos());
    }
    Duration more = memory == null ? Duration.ZERO : memory.more();
    return now == Limit.STOP_PHASE ? most.plus(more).minusNanos(stoodNanos()) : most;
  }

  /** How long the guest may have stood still already. */
  private long stoodNanos() {
    if (transfer != null && transfer.stopped()) {
      return System.nanoTime() - transfer.stoppedNanos();
    }
    return record.mayStopBootNanos() == 0 ? 0 : Clocks.bootTimeNanos() - record.mayStopBootNanos();
  }

  private void act(Action action, Source a) throws InterruptedException {
    try {
      switch (action) {
        case WAIT -> sides.awaitChange(soonest());
        case FREEZE_SOURCE -> freeze(a);
        case WRITE_COMMIT -> {
          if (memory == null || !sides.frozen() || memory.isDone()) {
            write(Verdict.COMMIT);
          } else {
            verify(memory); // takes its time: B is looked at again before the verdict
          }
        }
        case WRITE_ROLLBACK -> write(Verdict.ROLLBACK);
        case CONT_TARGET -> contTarget();
        case CONT_SOURCE -> sides.contA();
        case KILL_TARGET -> {
          sides.killB();
          timeline.reached(StepName.VMM_KILLED);
          limit = null; // A's time to go on begins with B's death
        }
        case KILL_SOURCE -> {
          sides.killA();
          timeline.reached(StepName.OLD_VMM_KILLED);
          logProof();
          note(record.paused(pauseMicros()));
        }
        case FINISH_COMMITTED, FINISH_ROLLED_BACK, FINISH_LOST, FINISH_STUCK -> {}
      }
    } catch (QmpException | BrokerException e) {
      LOG.warnf(
          e,
          "update step %s failed; looking again vm=%s update=%s",
          action,
          journal.vmUid(),
          record.name());
      sides.awaitChange(Deadline.in(GLANCE));
    }
  }

  private void freeze(Source a) throws BrokerException, InterruptedException {
    try {
      sides.freezeA(a);
      timeline.reached(StepName.OLD_VMM_FROZEN);
      StopPoints.at(StopPoint.AGENT_FROZEN, journal.vmUid());
    } catch (BrokerException.Refused e) {
      unproved(Reason.VMM_NOT_FROZEN, "The old QEMU: " + e.getMessage() + ".");
      return;
    }
    if (memory != null && sides.frozen()) {
      limit = null; // it may stand for so much longer
      try {
        memory.begin();
      } catch (BrokerException.Refused e) {
        unproved(Reason.MEMORY_NOT_VERIFIED, "The guest's memory: " + e.getMessage() + ".");
      }
    }
  }

  /** Between the two looks at the memory nobody may have written to it. */
  private void verify(MemoryCheck check) throws BrokerException, InterruptedException {
    try {
      if (check.isUnchanged()) {
        timeline.reached(StepName.MEMORY_VERIFIED);
      } else {
        unproved(Reason.MEMORY_CHANGED, Reason.MEMORY_CHANGED.description());
      }
    } catch (BrokerException.Refused e) {
      unproved(Reason.MEMORY_NOT_VERIFIED, "The guest's memory: " + e.getMessage() + ".");
    }
  }

  private void unproved(Reason reason, String message) {
    LOG.warnf("no verdict COMMIT: %s vm=%s update=%s", message, journal.vmUid(), record.name());
    demand = Demand.SOURCE_UNPROVED;
    unproved = new HandoffFailedException(reason, message);
  }

  /** A change of state is not always an event (a hung monitor that answers again). */
  private Deadline soonest() {
    return until.remainingNanos() < GLANCE.toNanos() ? until : Deadline.in(GLANCE);
  }

  /** Until then the guest ran beside a process that maps its memory. */
  private void logProof() {
    Sides.Resumed resumed = sides.resumed();
    if (resumed != null) {
      LOG.infof(
          "old QEMU proved dead %d us after the new one's RESUME vm=%s update=%s",
          TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - resumed.nanos()),
          journal.vmUid(),
          record.name());
    }
  }

  private void contTarget() throws QmpException, InterruptedException {
    try {
      sides.contB();
      if (record.asleep()) {
        return; // nothing resumes, and nothing stood still for it
      }
      resumed();
      pause = pause();
      StopPoints.at(StopPoint.AGENT_RESUMED, journal.vmUid());
    } catch (QmpException.Refused e) {
      if (contAgain == null) {
        contAgain = Deadline.in(CONT_AGAIN);
      }
      if (!contAgain.isPassed()) {
        throw e;
      }
      contRefusal = e.description();
      noteRefusal();
    }
  }

  /** From A's STOP to B's RESUME; the agent that saw the STOP may be dead, its journal has it. */
  private @Nullable Long pause() {
    Sides.Resumed resumed = sides.resumed();
    if (resumed == null) {
      return null;
    }
    if (transfer != null && transfer.stopped()) {
      return new Pause(
              transfer.stoppedMicros(), resumed.micros(), transfer.stoppedNanos(), resumed.nanos())
          .micros();
    }
    long sinceResumed = System.nanoTime() - resumed.nanos();
    return record.mayStopBootNanos() == 0
        ? null
        : TimeUnit.NANOSECONDS.toMicros(stoodNanos() - sinceResumed);
  }

  private void resumed() {
    Sides.Resumed resumed = sides.resumed();
    if (resumed == null) {
      timeline.reached(StepName.GUEST_RESUMED);
    } else {
      timeline.reached(StepName.GUEST_RESUMED, resumed.micros(), resumed.nanos());
    }
  }

  private void write(Verdict wanted) throws InterruptedException {
    while (true) {
      try {
        verdict = journal.decide(wanted, record.uid());
        timeline.reached(StepName.VERDICT_WRITTEN);
        StopPoints.at(
            verdict == Verdict.COMMIT ? StopPoint.AGENT_COMMITTED : StopPoint.AGENT_ROLLED_BACK,
            journal.vmUid());
        return;
      } catch (IOException e) {
        // The page and the names are there already; without a verdict nothing may be done.
        LOG.errorf(e, "the verdict cannot be written; trying again vm=%s", journal.vmUid());
        sides.awaitChange(Deadline.in(GLANCE));
      }
    }
  }

  /** Writes down what is good to know; the handoff goes on without it. */
  private void note(UpdateRecord now) {
    record = now;
    try {
      journal.save(now);
    } catch (IOException e) {
      LOG.warnf(e, "the journal does not take a note vm=%s", journal.vmUid());
    }
  }

  /** Only with this in the journal may A go on although the verdict is COMMIT. */
  private void noteRefusal() {
    try {
      journal.contRefused();
      record = record.refusedCont();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
