package dev.moult.operator.update;

import static dev.moult.operator.update.UpdateState.CHECKING;
import static dev.moult.operator.update.UpdateState.COMMITTING;
import static dev.moult.operator.update.UpdateState.COMPLETED;
import static dev.moult.operator.update.UpdateState.FAILED;
import static dev.moult.operator.update.UpdateState.PENDING;
import static dev.moult.operator.update.UpdateState.PREPARING;
import static dev.moult.operator.update.UpdateState.REFUSED;
import static dev.moult.operator.update.UpdateState.ROLLED_BACK;
import static dev.moult.operator.update.UpdateState.TRANSFERRING;

import dev.moult.operator.state.StateTable;
import dev.moult.operator.state.Transition;
import java.util.List;

/** The life of a LiveUpdate as a pure function and as the table that documents it. */
public final class UpdateLife {
  private static final String COMMIT = "verdict Commit: the guest runs on the new QEMU";
  private static final String ROLL_BACK = "verdict RollBack";
  private static final String REFUSE = "verdict Refused";
  private static final String FAIL = "verdict Failed";
  private static final String DOUBTLESS =
      ", or the deadline has passed, the new VMM is dead and the old one alive";
  private static final String BOTH = ", or the deadline has passed and both VMMs are dead";

  /** Every change of state that may happen. */
  public static final StateTable<UpdateState> TABLE =
      new StateTable<>(
          "LiveUpdate",
          UpdateState.class,
          List.of(
              t(PENDING, PREPARING, "nothing stands in its way, and no older one goes first"),
              t(
                  PENDING,
                  REFUSED,
                  "no such VirtualMachine, not running, nothing to do, deleted, or waited a day"),
              t(PREPARING, CHECKING, "the new VMM's container runs"),
              t(PREPARING, TRANSFERRING, "condition Checked"),
              t(PREPARING, COMMITTING, COMMIT),
              t(
                  PREPARING,
                  ROLLED_BACK,
                  ROLL_BACK
                      + ", or the new VMM pod has no node and the deadline has passed or the"
                      + " LiveUpdate was deleted, or its container has never run and the agent has"
                      + " said nothing 30 s past the deadline, or the new VMM died and the deadline"
                      + " has passed"),
              t(PREPARING, REFUSED, REFUSE + ", or the API server refuses the new VMM pod"),
              t(PREPARING, FAILED, FAIL + BOTH),
              t(CHECKING, TRANSFERRING, "condition Checked"),
              t(CHECKING, COMMITTING, COMMIT),
              t(CHECKING, ROLLED_BACK, ROLL_BACK + DOUBTLESS),
              t(CHECKING, REFUSED, REFUSE),
              t(CHECKING, FAILED, FAIL + BOTH),
              t(TRANSFERRING, COMMITTING, COMMIT),
              t(TRANSFERRING, ROLLED_BACK, ROLL_BACK + DOUBTLESS),
              t(TRANSFERRING, REFUSED, REFUSE),
              t(TRANSFERRING, FAILED, FAIL + BOTH),
              t(
                  COMMITTING,
                  COMPLETED,
                  "the old pod is gone, and the new one has its CPU or is to stop"),
              t(COMMITTING, FAILED, "the new VMM died after the commit")));

  private UpdateLife() {}

  /**
   * What the next state depends on, beside the state itself.
   *
   * @param sight what is seen
   * @param expired whether the deadline has passed
   * @param overdue whether it has so long ago that an agent would have spoken
   * @param cancelled whether the LiveUpdate was deleted, or its virtual machine is to stop
   */
  public record Input(UpdateSight sight, boolean expired, boolean overdue, boolean cancelled) {}

  /** The state that follows. Pure. */
  public static UpdateState next(UpdateState state, Input in) {
    return switch (state) {
      case PENDING -> pending(in);
      case PREPARING, CHECKING, TRANSFERRING -> underWay(state, in);
      case COMMITTING -> committing(in);
      case COMPLETED, ROLLED_BACK, REFUSED, FAILED -> state;
    };
  }

  private static UpdateState pending(Input in) {
    if (in.cancelled() || in.expired()) {
      return REFUSED;
    }
    return switch (in.sight()) {
      case POINTLESS, NEW_FORBIDDEN -> REFUSED;
      case CLEAR -> PREPARING;
      case QUEUED,
          NEW_MISSING,
          NEW_WAITS,
          NEW_STARTS,
          NEW_RUNS,
          CHECKED,
          NEW_DEAD,
          BOTH_DEAD,
          COMMIT,
          SETTLED,
          LOST_AFTER_COMMIT,
          ROLL_BACK,
          REFUSE,
          FAIL ->
          PENDING;
    };
  }

  private static UpdateState underWay(UpdateState state, Input in) {
    return switch (in.sight()) {
      case POINTLESS, QUEUED, CLEAR -> state;
      case NEW_MISSING, NEW_WAITS ->
          state == PREPARING && (in.expired() || in.cancelled()) ? ROLLED_BACK : state;
      case NEW_STARTS -> state == PREPARING && in.overdue() ? ROLLED_BACK : state;
      case NEW_FORBIDDEN -> state == PREPARING ? REFUSED : state;
      case NEW_RUNS -> state == PREPARING ? CHECKING : state;
      case CHECKED -> TRANSFERRING;
      case NEW_DEAD -> in.expired() ? ROLLED_BACK : state;
      case BOTH_DEAD -> in.expired() ? FAILED : state;
      case COMMIT, SETTLED, LOST_AFTER_COMMIT -> COMMITTING;
      case ROLL_BACK -> ROLLED_BACK;
      case REFUSE -> REFUSED;
      case FAIL -> FAILED;
    };
  }

  private static UpdateState committing(Input in) {
    return switch (in.sight()) {
      case SETTLED -> COMPLETED;
      case LOST_AFTER_COMMIT -> FAILED;
      case POINTLESS,
          QUEUED,
          CLEAR,
          NEW_MISSING,
          NEW_FORBIDDEN,
          NEW_WAITS,
          NEW_STARTS,
          NEW_RUNS,
          CHECKED,
          NEW_DEAD,
          BOTH_DEAD,
          COMMIT,
          ROLL_BACK,
          REFUSE,
          FAIL ->
          COMMITTING;
    };
  }

  private static Transition<UpdateState> t(UpdateState from, UpdateState to, String cause) {
    return new Transition<>(from, to, cause);
  }
}
