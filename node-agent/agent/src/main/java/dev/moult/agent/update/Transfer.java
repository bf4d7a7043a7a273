package dev.moult.agent.update;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * The stop phase: from telling B to listen until both sides say that the state is over. It waits on
 * QEMU's events alone, writes nothing and calls nobody else: the guest stands still meanwhile.
 */
final class Transfer {
  /** From telling B to listen until A stops: the guest runs. */
  private static final Duration UNTIL_STOP = Duration.ofSeconds(10);

  private static final Predicate<QmpEvent> OVER =
      event ->
          event.isMigration("completed")
              || event.isMigration("failed")
              || event.isMigration("cancelled")
              || event.isClosed();

  private final QmpClient a;
  private final QmpClient b;
  private final Timeline timeline;
  private long stoppedMicros;
  private long stoppedNanos;

  Transfer(QmpClient a, QmpClient b, Timeline timeline) {
    this.a = a;
    this.b = b;
    this.timeline = timeline;
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
      relay.arm();
      b.migrateIncoming(mainSocket);
      timeline.reached(StepName.INCOMING_READY);
      QmpEvent stop = eventsOfA.await(event -> event.is("STOP") || OVER.test(event), UNTIL_STOP);
      if (!stop.is("STOP")) {
        throw failed(stop, "before the guest was stopped");
      }
      stoppedNanos = System.nanoTime();
      stoppedMicros = stop.timestampMicros();
      completed(eventsOfA, "the old QEMU");
      completed(eventsOfB, "the new QEMU");
      if (!b.queryStatus().status().equals("paused")) {
        throw new HandoffFailedException(
            Reason.TRANSFER_FAILED, "the new QEMU has the state but is not paused");
      }
    } catch (QmpException.TimedOut e) {
      throw new HandoffFailedException(
          stopped() ? Reason.STOP_PHASE_TIMED_OUT : Reason.TRANSFER_FAILED,
          stopped()
              ? "The state was not taken over within " + Settlement.STOP_PHASE.toSeconds() + "s."
              : "The old QEMU did not stop the guest: " + e.getMessage());
    } catch (QmpException e) {
      throw new HandoffFailedException(Reason.TRANSFER_FAILED, String.valueOf(e.getMessage()));
    } finally {
      if (stopped()) {
        timeline.reached(StepName.GUEST_STOPPED, stoppedMicros);
      }
    }
    timeline.reached(StepName.STATE_SENT);
  }

  private void completed(QmpEvents.Cursor events, String who)
      throws QmpException, InterruptedException, HandoffFailedException {
    long left = Settlement.STOP_PHASE.toNanos() - (System.nanoTime() - stoppedNanos);
    QmpEvent end = events.await(OVER, Duration.ofNanos(Math.max(0, left)));
    if (!end.isMigration("completed")) {
      throw failed(end, "on " + who);
    }
  }

  private static HandoffFailedException failed(QmpEvent event, String where) {
    String what =
        event.isClosed() ? "QEMU's monitor ended" : event.data().path("status").asText("?");
    return new HandoffFailedException(
        Reason.TRANSFER_FAILED, "The transfer ended " + where + ": " + what + ".");
  }
}
