package dev.moult.agent.update;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The stop phase: from telling B to listen until both sides say that the state is over. It waits on
 * QEMU's events alone and calls nobody else: the guest stands still meanwhile. That A has stopped
 * is written down while the two QEMUs are at work.
 */
final class Transfer {
  private static final Duration STOP_PHASE =
      Objects.requireNonNull(Decision.Limit.STOP_PHASE.most());

  /** From telling B to listen until A stops: the guest runs. */
  private static final Duration UNTIL_STOP = Duration.ofSeconds(10);

  /** An answer that is there already is heard even when the phase's time is over. */
  private static final Duration LAST_LOOK = Duration.ofMillis(100);

  private static final Predicate<QmpEvent> OVER =
      event ->
          event.isMigration("completed")
              || event.isMigration("failed")
              || event.isMigration("cancelled")
              || event.isClosed();

  private final QmpClient a;
  private final QmpClient b;
  private final Timeline timeline;
  private final String vmUid;
  private final boolean asleep;
  private final Runnable onStop;
  private long stoppedMicros;
  private long stoppedNanos;
  private long phaseNanos;

  /**
   * For one handoff.
   *
   * @param asleep the guest's owner has paused it, so nothing stops
   * @param onStop told as soon as A has stopped the guest
   */
  Transfer(
      QmpClient a, QmpClient b, Timeline timeline, String vmUid, boolean asleep, Runnable onStop) {
    this.asleep = asleep;
    this.onStop = onStop;
    this.a = a;
    this.b = b;
    this.timeline = timeline;
    this.vmUid = vmUid;
  }

  /** Whether A has stopped the guest. */
  boolean stopped() {
    return stoppedNanos != 0;
  }

  /** STOP by QEMU's stamp, microseconds since the epoch. */
  long stoppedMicros() {
    return stoppedMicros;
  }

  /** When STOP arrived, monotonic. */
  long stoppedNanos() {
    return stoppedNanos;
  }

  /**
   * Runs it.
   *
   * @param relay armed here; its hang-up lets A stop
   * @param mainSocket where B is to listen, as both QEMUs see it
   * @throws HandoffFailedException when a side says so, or does not say anything in time
   */
  void run(Relay relay, String mainSocket) throws HandoffFailedException, InterruptedException {
    QmpEvents.Cursor eventsOfA = a.events().fromNow();
    QmpEvents.Cursor eventsOfB = b.events().fromNow();
    try {
      RunState before = a.queryStatus();
      if (!(asleep ? before.status().equals("paused") : before.running())) {
        throw new HandoffFailedException(Reason.GUEST_ENDED, Reason.GUEST_ENDED.description());
      }
      relay.arm();
      // A may stop as soon as B listens, before B has answered: no longer than it may stand.
      b.migrateIncoming(mainSocket, STOP_PHASE);
      timeline.reached(StepName.INCOMING_READY);
      awaitStop(eventsOfA);
      completed(eventsOfA, "the old QEMU");
      completed(eventsOfB, "the new QEMU");
      StopPoints.at(StopPoint.AGENT_STATE_SENT, vmUid);
    } catch (QmpException.TimedOut e) {
      throw new HandoffFailedException(
          phaseNanos != 0 ? Reason.STOP_PHASE_TIMED_OUT : Reason.TRANSFER_FAILED,
          phaseNanos != 0
              ? notTakenOver()
              : "The old QEMU did not stop the guest: " + e.getMessage());
    } catch (QmpException e) {
      throw new HandoffFailedException(Reason.TRANSFER_FAILED, String.valueOf(e.getMessage()));
    } finally {
      if (stopped()) {
        timeline.reached(StepName.GUEST_STOPPED, stoppedMicros, stoppedNanos);
      }
    }
    timeline.reached(StepName.STATE_SENT);
  }

  /** Until A begins to send: from then on the guest stands, if it did not before. */
  private void awaitStop(QmpEvents.Cursor events)
      throws QmpException, InterruptedException, HandoffFailedException {
    Predicate<QmpEvent> begins = event -> asleep ? event.isMigration("active") : event.is("STOP");
    QmpEvent first = events.await(begins.or(OVER), UNTIL_STOP);
    if (!begins.test(first)) {
      throw failed(first, "before the guest was stopped");
    }
    phaseNanos = System.nanoTime();
    if (!asleep) {
      stoppedNanos = phaseNanos;
      stoppedMicros = first.timestampMicros();
      onStop.run();
      StopPoints.at(StopPoint.AGENT_GUEST_STOPPED, vmUid);
    }
  }

  private void completed(QmpEvents.Cursor events, String who)
      throws QmpException, InterruptedException, HandoffFailedException {
    QmpEvent end = events.await(OVER, left());
    if (!end.isMigration("completed")) {
      throw failed(end, "on " + who);
    }
  }

  /** What is left of the time that the guest may stand still. */
  private Duration left() {
    long left = STOP_PHASE.toNanos() - (System.nanoTime() - phaseNanos);
    return Duration.ofNanos(Math.max(LAST_LOOK.toNanos(), left));
  }

  static String notTakenOver() {
    return "The state was not taken over within " + STOP_PHASE.toSeconds() + "s.";
  }

  private static HandoffFailedException failed(QmpEvent event, String where) {
    String what =
        event.isClosed()
            ? "QEMU's monitor ended"
            : PeerText.clean(event.data().path("status").asText("?"));
    return new HandoffFailedException(
        Reason.TRANSFER_FAILED, "The transfer ended " + where + ": " + what + ".");
  }
}
