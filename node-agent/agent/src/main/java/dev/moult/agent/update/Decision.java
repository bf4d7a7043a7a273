package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;

/**
 * What to do next with a handoff: a pure function of what the journal says and of what the two
 * QEMUs are seen to be. It is asked again after every step, by the conductor that began the handoff
 * and by a restarted agent alike, so that there is one set of rules.
 *
 * <p>The rules, from the fault table: {@code cont} on B only after {@code COMMIT}; {@code cont} on
 * A only when B is proved dead, A stands after the migration and B never ran; before {@code COMMIT}
 * whatever is wrong ends in {@code ROLLBACK}; a verdict never changes.
 */
public final class Decision {

  /** What the QEMU that had the guest before the handoff is seen to be. */
  public enum Source {
    /** Runs the guest. */
    RUNNING,
    /** Has stopped the guest and is sending its state. */
    STOPPING,
    /** Has sent everything; the guest stands ({@code postmigrate}). */
    POSTMIGRATE,
    /** The guest ended here by itself: powered off, reset into nothing, panicked, failed. */
    ENDED,
    /** Alive, but its monitor does not answer. */
    SILENT,
    /** Proved dead. */
    GONE
  }

  /** What the QEMU that shall have the guest is seen to be. */
  public enum Target {
    /** Was never started. */
    ABSENT,
    /** Alive, but its monitor does not answer (it does not before the cpr stream is whole). */
    SILENT,
    /** Waits for the guest's state ({@code inmigrate}). */
    WAITING,
    /** Has the whole state and stands ({@code paused}, migration completed). */
    LOADED,
    /** Runs the guest. */
    RUNNING,
    /** Proved dead. */
    GONE
  }

  /** What is to be done. After any but the last four, look again and ask again. */
  public enum Action {
    /** Nothing yet: the next event or the deadline brings more. */
    WAIT,
    /** Write the verdict {@code COMMIT}. */
    WRITE_COMMIT,
    /** Write the verdict {@code ROLLBACK}. */
    WRITE_ROLLBACK,
    /** {@code cont} on B. */
    CONT_TARGET,
    /** Kill B and wait for the proof. */
    KILL_TARGET,
    /** {@code cont} on A. */
    CONT_SOURCE,
    /** Kill A and wait for the proof. */
    KILL_SOURCE,
    /** The guest runs on B, A is gone. */
    FINISH_COMMITTED,
    /** The guest is A's, as before; B is gone. */
    FINISH_ROLLED_BACK,
    /** No QEMU has the guest any more. */
    FINISH_LOST,
    /** A lives and does not answer, B is gone: said as it is, nothing is killed. */
    FINISH_STUCK;

    /** Whether the handoff is over with this. */
    public boolean isEnd() {
      return switch (this) {
        case FINISH_COMMITTED, FINISH_ROLLED_BACK, FINISH_LOST, FINISH_STUCK -> true;
        case WAIT,
            WRITE_COMMIT,
            WRITE_ROLLBACK,
            CONT_TARGET,
            KILL_TARGET,
            CONT_SOURCE,
            KILL_SOURCE ->
            false;
      };
    }
  }

  /**
   * What is known.
   *
   * @param verdict the verdict file's
   * @param source A
   * @param target B
   * @param contRefused the journal says that B answered {@code cont} with an error, so B never ran
   * @param conducting this process began the handoff and its relay lives
   * @param overdue the time this phase may take has passed
   */
  public record Seen(
      Verdict verdict,
      Source source,
      Target target,
      boolean contRefused,
      boolean conducting,
      boolean overdue) {}

  private Decision() {}

  /** The next action. */
  public static Action next(Seen seen) {
    return switch (seen.verdict()) {
      case NONE -> undecided(seen);
      case COMMIT -> committed(seen);
      case ROLLBACK -> rolledBack(seen);
    };
  }

  private static Action undecided(Seen seen) {
    boolean targetDead = isDead(seen.target());
    if (seen.target() == Target.RUNNING && seen.source() != Source.RUNNING) {
      // Not by us; but the RAM has moved on, and only B has the state that fits it.
      return Action.WRITE_COMMIT;
    }
    return switch (seen.source()) {
      // After a restart the relay is gone, and a guest that never stopped has nothing to lose.
      case RUNNING ->
          seen.conducting() && seen.target() != Target.RUNNING && !targetDead
              ? waitUnlessOverdue(seen)
              : Action.WRITE_ROLLBACK;
      case STOPPING, SILENT -> targetDead ? Action.WRITE_ROLLBACK : waitUnlessOverdue(seen);
      case POSTMIGRATE, GONE -> {
        if (seen.target() == Target.LOADED) {
          yield Action.WRITE_COMMIT;
        }
        yield targetDead ? Action.WRITE_ROLLBACK : waitUnlessOverdue(seen);
      }
      case ENDED -> Action.WRITE_ROLLBACK;
    };
  }

  private static Action waitUnlessOverdue(Seen seen) {
    return seen.overdue() ? Action.WRITE_ROLLBACK : Action.WAIT;
  }

  private static Action committed(Seen seen) {
    return switch (seen.target()) {
      case RUNNING -> seen.source() == Source.GONE ? Action.FINISH_COMMITTED : Action.KILL_SOURCE;
      // A runs again although B has its state: not by us, and B's state is old now.
      case LOADED ->
          seen.contRefused() || seen.source() == Source.RUNNING
              ? Action.KILL_TARGET
              : Action.CONT_TARGET;
      case SILENT, WAITING ->
          seen.overdue() || seen.contRefused() ? Action.KILL_TARGET : Action.WAIT;
      case GONE, ABSENT -> committedWithoutTarget(seen);
    };
  }

  private static Action committedWithoutTarget(Seen seen) {
    return switch (seen.source()) {
      case RUNNING -> Action.FINISH_ROLLED_BACK;
      case GONE -> Action.FINISH_LOST;
      case POSTMIGRATE -> seen.contRefused() ? Action.CONT_SOURCE : Action.KILL_SOURCE;
      case STOPPING, SILENT ->
          seen.contRefused() && !seen.overdue() ? Action.WAIT : Action.KILL_SOURCE;
      case ENDED -> Action.KILL_SOURCE;
    };
  }

  private static Action rolledBack(Seen seen) {
    if (!isDead(seen.target())) {
      return Action.KILL_TARGET;
    }
    return switch (seen.source()) {
      case RUNNING, ENDED -> Action.FINISH_ROLLED_BACK;
      case POSTMIGRATE -> Action.CONT_SOURCE;
      // Its channel is broken now: it fails and goes on by itself.
      case STOPPING, SILENT -> seen.overdue() ? Action.FINISH_STUCK : Action.WAIT;
      case GONE -> Action.FINISH_LOST;
    };
  }

  private static boolean isDead(Target target) {
    return target == Target.GONE || target == Target.ABSENT;
  }
}
