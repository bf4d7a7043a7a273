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

/**
 * Loads a saved state into a QEMU that was started with {@code -S -incoming defer} over the same
 * RAM. It writes nothing into that RAM; the state is used up at the first {@code cont}.
 */
public final class GuestLoad {
  private GuestLoad() {}

  /**
   * Loads it: the guest stands where it was stopped when this returns.
   *
   * @param file opened for reading alone, or QEMU does not take it; borrowed
   * @throws SuspendException when QEMU says that it failed: it is to be killed then
   */
  public static void load(QmpClient qemu, Fd file, Duration most)
      throws SuspendException, QmpException, InterruptedException {
    Deadline deadline = Deadline.in(most);
    qemu.enableSuspendCapabilities();
    int set = qemu.addFd(file);
    QmpEvents.Cursor events = qemu.events().fromNow();
    qemu.migrateFromFile(set, GuestSave.HEADER_BYTES);
    QmpEvent end =
        events.await(
            event ->
                event.isMigration("completed") || event.isMigration("failed") || event.isClosed(),
            Duration.ofNanos(Math.max(1, deadline.remainingNanos())));
    if (end.isClosed()) {
      throw new SuspendException("QEMU ended while it loaded the guest's state");
    }
    if (!end.isMigration("completed")) {
      throw new SuspendException(
          "QEMU could not load the guest's state: " + qemu.queryMigrate().errorDescription());
    }
    RunState now = qemu.queryStatus();
    while (now.status().equals("inmigrate") && !deadline.isPassed()) {
      Thread.sleep(1); // QEMU tells of this change by no event
      now = qemu.queryStatus();
    }
    if (!now.status().equals("paused")) {
      throw new SuspendException(
          "the state is loaded, but QEMU says " + PeerText.clean(now.status()));
    }
    qemu.removeFd(set);
    qemu.disableSuspendCapabilities();
  }
}
