package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Clocks;
import dev.moult.linux.Deadline;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for the next step of one handoff while the guest runs on A, as long as {@link Decision}
 * says so, and says why when it does not.
 */
final class Patience {
  private final Handoff handoff;
  private final Attention attention;
  private final String podA;

  Patience(Handoff handoff, String podA) {
    this.handoff = handoff;
    this.attention = handoff.attention();
    this.podA = podA;
  }

  /**
   * Waits until something holds.
   *
   * @param what is waited for, for people
   * @throws HandoffFailedException when the decision is not to wait any longer
   */
  void until(BooleanSupplier done, String what)
      throws HandoffFailedException, InterruptedException {
    boolean held = attention.until(() -> done.getAsBoolean() || !mayWait(), Deadline.in(left()));
    if (!held || !done.getAsBoolean()) {
      throw reason(what);
    }
  }

  /**
   * Looks whether the handoff may go on.
   *
   * @param what was waited for, for people
   */
  void stillWanted(String what) throws HandoffFailedException, InterruptedException {
    var unused = attention.until(() -> true, Deadline.now()); // to hear what was said meanwhile
    if (!mayWait()) {
      throw reason(what);
    }
  }

  /** A runs the guest, and whatever B is, it has not said that it is more than on its way. */
  private boolean mayWait() {
    Seen seen =
        new Seen(
            Verdict.NONE,
            attention.exited(podA) ? Source.GONE : Source.RUNNING,
            targetGone() ? Target.GONE : Target.SILENT,
            false,
            false,
            true,
            attention.exited(podA) ? Demand.PREPARATION_FAILED : attention.demand(),
            left().isZero());
    return Decision.next(seen) == Action.WAIT;
  }

  private boolean targetGone() {
    String podB = handoff.targetPodUid();
    return attention.exited(podB) || attention.launchFailure(podB).isPresent();
  }

  /** Why it is not waited any longer; what the fault is counts more than what is asked for. */
  private HandoffFailedException reason(String what) {
    var failure = attention.launchFailure(handoff.targetPodUid());
    if (failure.isPresent()) {
      return new HandoffFailedException(Reason.VMM_FAILED_TO_START, failure.get());
    }
    if (attention.exited(podA)) {
      return new HandoffFailedException(Reason.GUEST_LOST, "The running QEMU died.");
    }
    return switch (attention.demand()) {
      case UPDATE_DELETED -> failed(Reason.CANCELLED, "The LiveUpdate was deleted.");
      case GUEST_STOPS -> failed(Reason.CANCELLED, "The guest is being powered down.");
      case TARGET_DELETED ->
          failed(
              Reason.VMM_POD_FAILED, "Pod " + handoff.targetPodName() + " was deleted meanwhile.");
      case AGENT_STOPS -> failed(Reason.AGENT_RESTARTED, "The node agent was asked to end.");
      case GUEST_ENDED -> failed(Reason.GUEST_ENDED, "The guest ended before it was handed over.");
      case NONE, PREPARATION_FAILED, TRANSFER_FAILED, SOURCE_UNPROVED ->
          targetGone()
              ? failed(
                  Reason.VMM_FAILED_TO_START,
                  "The new QEMU exited at once; the log of pod "
                      + handoff.targetPodName()
                      + " has its last words.")
              : failed(Reason.TIMED_OUT, "No verdict in time; waited for " + what);
    };
  }

  private static HandoffFailedException failed(Reason reason, String message) {
    return new HandoffFailedException(reason, message);
  }

  /** Time until there must be a verdict, by the clock that suspending and setting do not touch. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, handoff.deadlineBootNanos() - Clocks.bootTimeNanos()));
  }

  /** The same, but no more than that. */
  Duration atMost(Duration most) {
    Duration left = left();
    return left.compareTo(most) < 0 ? left : most;
  }
}
