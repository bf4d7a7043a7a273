package dev.moult.agent.update;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Clocks;
import dev.moult.linux.Deadline;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for the next step of one handoff, as long as it is wanted, in time, and both sides live.
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
   * @throws HandoffFailedException when it cannot come any more, or nobody wants it
   */
  void until(BooleanSupplier done, String what)
      throws HandoffFailedException, InterruptedException {
    String podB = handoff.targetPodUid();
    boolean held =
        attention.until(
            () ->
                done.getAsBoolean()
                    || attention.cancelled().isPresent()
                    || attention.exited(podB)
                    || attention.exited(podA)
                    || attention.launchFailure(podB).isPresent(),
            Deadline.in(left()));
    if (done.getAsBoolean()) {
      return;
    }
    stillWanted(what);
    var failure = attention.launchFailure(podB);
    if (failure.isPresent()) {
      throw new HandoffFailedException(Reason.VMM_FAILED_TO_START, failure.get());
    }
    if (attention.exited(podA)) {
      throw new HandoffFailedException(Reason.GUEST_LOST, "The running QEMU died.");
    }
    if (held) {
      throw new HandoffFailedException(
          Reason.VMM_FAILED_TO_START,
          "The new QEMU exited at once; the log of pod "
              + handoff.targetPodName()
              + " has its last words.");
    }
    throw late(what);
  }

  /**
   * Looks whether the handoff is wanted and in time.
   *
   * @param what was waited for, for people
   */
  void stillWanted(String what) throws HandoffFailedException, InterruptedException {
    var unused = attention.until(() -> true, Deadline.now()); // to hear what was said meanwhile
    var cancel = attention.cancelled();
    if (cancel.isPresent()) {
      throw switch (cancel.get()) {
        case DELETED -> new HandoffFailedException(Reason.CANCELLED, "The LiveUpdate was deleted.");
        case STOPPING_GUEST ->
            new HandoffFailedException(Reason.CANCELLED, "The guest is being powered down.");
        case GUEST_ENDED ->
            new HandoffFailedException(
                Reason.GUEST_ENDED, "The guest ended before it was handed over.");
        case STOPPING_AGENT ->
            new HandoffFailedException(Reason.AGENT_RESTARTED, "The node agent was asked to end.");
      };
    }
    if (left().isZero()) {
      throw late(what);
    }
  }

  private static HandoffFailedException late(String what) {
    return new HandoffFailedException(Reason.TIMED_OUT, "No verdict in time; waited for " + what);
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
