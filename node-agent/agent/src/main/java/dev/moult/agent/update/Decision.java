package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to do next with a handoff: a pure function of what the journal says, of what the two QEMUs
 * are seen to be, and of what is asked of it. It is asked again after every step and while one is
 * waited for, by the conductor that began the handoff and by a restarted agent alike, so that there
 * is one set of rules. {@code docs/handoff.md} is made from it.
 *
 * <p>The rules, from the fault table: {@code cont} on B only after {@code COMMIT}, and {@code
 * COMMIT} only when A is proved stopped, all threads of it, or dead; {@code cont} on A only when B
 * is proved dead, A stands after the migration and B never ran; before {@code COMMIT} whatever is
 * wrong ends in {@code ROLLBACK}; a verdict never changes; every wait has a {@link Limit}.
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
    /** Was not started. */
    ABSENT,
    /** Alive, but its monitor does not answer (it does not before the cpr stream is whole). */
    SILENT,
    /** Waits for the guest's state ({@code inmigrate}). */
    WAITING,
    /** Has the whole state and stands ({@code paused}, migration completed). */
    LOADED,
    /** Runs the guest, or has run it until it ended there. */
    RUNNING,
    /** Proved dead. */
    GONE
  }

  /**
   * What has come between. Once the guest has stopped, nothing of this turns the handoff back: the
   * verdict comes first, then it is done.
   */
  public enum Demand {
    /** Nothing: the handoff is wanted, and its steps work. */
    NONE,
    /** The LiveUpdate was deleted. */
    UPDATE_DELETED,
    /** The guest is to power down: the VM or one of its pods was deleted, or the node drained. */
    GUEST_STOPS,
    /** Somebody deleted B's pod. */
    TARGET_DELETED,
    /** The agent was asked to end. */
    AGENT_STOPS,
    /** The guest ended by itself. */
    GUEST_ENDED,
    /** A step failed before B was told to listen for the guest's state: nothing has moved. */
    PREPARATION_FAILED,
    /** A step failed after that: what has moved must be looked at. */
    TRANSFER_FAILED,
    /** A could not be proved to do nothing more to the memory: B may not have it while A lives. */
    SOURCE_UNPROVED
  }

  /** How long a state may last in which there is nothing to do but wait. */
  public enum Limit {
    /** The guest runs on A: what the LiveUpdate's {@code spec.timeout} leaves. */
    UPDATE(null),
    /** The guest stands still, and there is no verdict: from its stop. */
    STOP_PHASE(Duration.ofSeconds(2)),
    /** B is silent after COMMIT: it may well run the guest, and killing it loses it. */
    SILENCE(Duration.ofSeconds(60)),
    /** B is dead after ROLLBACK: its broken channel lets A go on by itself. */
    GO_ON(Duration.ofSeconds(20));

    private final @Nullable Duration most;

    Limit(@Nullable Duration most) {
      this.most = most;
    }

    /** How long; null where the LiveUpdate says it. */
    public @Nullable Duration most() {
      return most;
    }
  }

  /** What is to be done. After any but the last four, look again and ask again. */
  public enum Action {
    /** Nothing yet: the next event or the deadline brings more. */
    WAIT,
    /** Stop all threads of A, with proof; what A is does not change by that. */
    FREEZE_SOURCE,
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
            FREEZE_SOURCE,
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
   * @param frozen all threads of A are proved stopped, and stay so until it is let go on
   * @param contRefused the journal says that B answered {@code cont} with an error, so B never ran
   * @param conducting this process began the handoff and its relay lives
   * @param demand what has come between
   * @param overdue the {@link #limit} of this state has passed
   */
  public record Seen(
      Verdict verdict,
      Source source,
      Target target,
      boolean frozen,
      boolean contRefused,
      boolean conducting,
      Demand demand,
      boolean overdue) {}

  private Decision() {}

  /** Which time is running, if the answer is {@link Action#WAIT}. */
  public static Limit limit(Verdict verdict, Source source) {
    return switch (verdict) {
      case NONE -> source == Source.RUNNING ? Limit.UPDATE : Limit.STOP_PHASE;
      case COMMIT -> Limit.SILENCE;
      case ROLLBACK -> Limit.GO_ON;
    };
  }

  /** The next action. */
  public static Action next(Seen seen) {
    return switch (seen.verdict()) {
      case NONE -> undecided(seen);
      case COMMIT -> committed(seen);
      case ROLLBACK -> rolledBack(seen);
    };
  }

  private static Action undecided(Seen seen) {
    if (seen.source() == Source.RUNNING) {
      return mayGoOn(seen) ? waitUnlessOverdue(seen) : Action.WRITE_ROLLBACK;
    }
    if (seen.target() == Target.RUNNING) {
      // Not by us; but the RAM has moved on, and only B has the state that fits it.
      return Action.WRITE_COMMIT;
    }
    return switch (seen.source()) {
      case POSTMIGRATE ->
          seen.target() == Target.LOADED && !isUnproved(seen) ? commit(seen) : standing(seen);
      case GONE -> seen.target() == Target.LOADED ? Action.WRITE_COMMIT : standing(seen);
      case STOPPING, SILENT -> standing(seen);
      case RUNNING, ENDED -> Action.WRITE_ROLLBACK;
    };
  }

  /**
   * Whether a handoff under which the guest runs may still come to something. After a restart the
   * relay is gone, and a guest that never stopped has nothing to lose.
   */
  private static boolean mayGoOn(Seen seen) {
    return seen.conducting()
        && seen.demand() == Demand.NONE
        && (seen.target() == Target.ABSENT
            || seen.target() == Target.SILENT
            || seen.target() == Target.WAITING);
  }

  /** B has all; A is to be past doing anything before that is said. */
  private static Action commit(Seen seen) {
    return seen.frozen() ? Action.WRITE_COMMIT : Action.FREEZE_SOURCE;
  }

  private static boolean isUnproved(Seen seen) {
    return seen.demand() == Demand.SOURCE_UNPROVED && seen.source() != Source.GONE;
  }

  /** The guest stands, or may; its state may still come to B. */
  private static Action standing(Seen seen) {
    return isDead(seen.target()) || seen.demand() == Demand.PREPARATION_FAILED || isUnproved(seen)
        ? Action.WRITE_ROLLBACK
        : waitUnlessOverdue(seen);
  }

  private static Action waitUnlessOverdue(Seen seen) {
    return seen.overdue() ? Action.WRITE_ROLLBACK : Action.WAIT;
  }

  private static Action committed(Seen seen) {
    return switch (seen.target()) {
      case RUNNING -> seen.source() == Source.GONE ? Action.FINISH_COMMITTED : Action.KILL_SOURCE;
      case LOADED -> committedAndLoaded(seen);
      case SILENT, WAITING ->
          seen.overdue() || seen.contRefused() ? Action.KILL_TARGET : Action.WAIT;
      case GONE, ABSENT -> committedWithoutTarget(seen);
    };
  }

  private static Action committedAndLoaded(Seen seen) {
    return switch (seen.source()) {
      // A runs again although B has its state: not by us, and B's state is old now.
      case RUNNING -> Action.KILL_TARGET;
      // It could go on by itself: not beside B.
      case STOPPING -> seen.contRefused() ? Action.KILL_TARGET : Action.KILL_SOURCE;
      case POSTMIGRATE, ENDED, SILENT -> seen.contRefused() ? Action.KILL_TARGET : contTarget(seen);
      case GONE -> seen.contRefused() ? Action.KILL_TARGET : Action.CONT_TARGET;
    };
  }

  /** After the verdict there is no way back: an A that cannot be stopped is killed. */
  private static Action contTarget(Seen seen) {
    if (seen.frozen()) {
      return Action.CONT_TARGET;
    }
    return isUnproved(seen) ? Action.KILL_SOURCE : Action.FREEZE_SOURCE;
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
