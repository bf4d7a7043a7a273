package dev.moult.qemu.suspend;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Saves the state of a running guest: QEMU stops it and writes devices and processors, without RAM
 * that is shared and has a name. Whoever saves kills that QEMU then, or lets its guest {@link
 * #goOn}: never both.
 */
public final class GuestSave {
  /** Bytes at the file's beginning that QEMU leaves free. */
  public static final int HEADER_BYTES = 4096;

  /** QEMU's word for a guest whose state was sent, and that may go on. */
  private static final String SENT = "postmigrate";

  private static final Predicate<QmpEvent> OVER =
      event ->
          event.isMigration("completed")
              || event.isMigration("failed")
              || event.isMigration("cancelled")
              || event.isClosed();

  private GuestSave() {}

  /**
   * A state that was saved.
   *
   * @param stoppedMicros when the guest stopped, by QEMU's stamp, microseconds since the epoch
   * @param stopMicros from there until the state was written
   */
  public record Saved(long stoppedMicros, long stopMicros) {}

  /**
   * Saves it. The guest stands still when this returns; when this throws it may, too: see {@link
   * #goOn}.
   *
   * @param file opened for writing alone, or QEMU does not take it; borrowed
   * @param most how long it may take
   * @throws SuspendException when QEMU says that it failed
   */
  public static Saved save(QmpClient qemu, Fd file, Duration most)
      throws SuspendException, QmpException, InterruptedException {
    Deadline deadline = Deadline.in(most);
    qemu.enableSuspendCapabilities();
    int set = qemu.addFd(file);
    QmpEvents.Cursor events = qemu.events().fromNow();
    try {
      qemu.migrateToFile(set, HEADER_BYTES);
      QmpEvent first = events.await(OVER.or(event -> event.is("STOP")), left(deadline));
      if (!first.is("STOP")) {
        throw failed(qemu, first);
      }
      QmpEvent last = events.await(OVER, left(deadline));
      if (!last.isMigration("completed")) {
        throw failed(qemu, last);
      }
      awaitSent(qemu, deadline);
      return new Saved(
          first.timestampMicros(), Math.max(0, last.timestampMicros() - first.timestampMicros()));
    } finally {
      removeFd(qemu, set);
    }
  }

  /**
   * Lets a guest go on whose state was being saved, or was. Not when another QEMU has run it since.
   *
   * @throws SuspendException when it does not go on
   */
  public static void goOn(QmpClient qemu, Duration most)
      throws SuspendException, QmpException, InterruptedException {
    Deadline deadline = Deadline.in(most);
    QmpEvents.Cursor events = qemu.events().fromNow();
    if (isUnderWay(qemu.queryMigrate().status())) {
      qemu.migrateCancel();
      if (isUnderWay(qemu.queryMigrate().status())) {
        var _ = events.await(OVER, left(deadline));
      }
    }
    qemu.disableSuspendCapabilities();
    RunState now = settled(qemu, deadline);
    if (now.running()) {
      return;
    }
    if (!now.status().equals(SENT) && !now.status().equals("paused")) {
      throw new SuspendException("the guest does not go on: QEMU says " + words(now));
    }
    qemu.cont();
  }

  /** {@code completed} is said a moment before the guest may go on. */
  private static void awaitSent(QmpClient qemu, Deadline deadline)
      throws SuspendException, QmpException, InterruptedException {
    RunState now = settled(qemu, deadline);
    if (!now.status().equals(SENT)) {
      throw new SuspendException("the state is saved, but QEMU says " + words(now));
    }
  }

  /** QEMU tells of this change by no event. */
  private static RunState settled(QmpClient qemu, Deadline deadline)
      throws QmpException, InterruptedException {
    RunState now = qemu.queryStatus();
    while (now.status().equals("finish-migrate") && !deadline.isPassed()) {
      Thread.sleep(1);
      now = qemu.queryStatus();
    }
    return now;
  }

  private static boolean isUnderWay(String migration) {
    return switch (migration) {
      case "setup", "active", "device", "pre-switchover", "wait-unplug", "cancelling" -> true;
      default -> false;
    };
  }

  private static SuspendException failed(QmpClient qemu, QmpEvent end)
      throws QmpException, InterruptedException {
    if (end.isClosed()) {
      return new SuspendException("QEMU ended while it saved the guest's state");
    }
    String why = qemu.queryMigrate().errorDescription();
    return new SuspendException(
        "QEMU could not save the guest's state: "
            + (why.isEmpty() ? PeerText.clean(end.data().path("status").asText("?")) : why));
  }

  private static void removeFd(QmpClient qemu, int set) throws InterruptedException {
    try {
      qemu.removeFd(set);
    } catch (QmpException e) {
      // It has gone, or it holds one descriptor more until it does.
    }
  }

  private static String words(RunState state) {
    return PeerText.clean(state.status());
  }

  private static Duration left(Deadline deadline) {
    return Duration.ofNanos(Math.max(1, deadline.remainingNanos()));
  }
}
