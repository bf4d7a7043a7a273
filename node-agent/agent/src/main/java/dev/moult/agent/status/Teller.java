package dev.moult.agent.status;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells the API server, and through it people; never makes its caller wait. */
public interface Teller {
  /**
   * What is known of a VM; said only if it differs from what the object says.
   *
   * @param obstacles what keeps it from being updated
   * @param view what is known through its guest agent
   * @param probes what its probes through that agent show; null while that is not known
   */
  void vm(
      VirtualMachine seen,
      RunRecord run,
      List<Obstacle> obstacles,
      GuestView view,
      @Nullable ProbesStatus probes);

  /** An update's preflight has passed. */
  void checked(LiveUpdate seen, String runId, Checked checked);

  /**
   * What became of an update.
   *
   * @param told called, from another thread, when the API server has it or the object is gone
   */
  void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told);

  /** The guest of a VM has ended, runs, or stands still. */
  void guest(VirtualMachine seen, RunRecord run);

  /** The guest of a VM was reset, as somebody asked at that time. */
  void reset(VirtualMachine seen, Instant requestedAt);

  /** A request to freeze the file systems of a VM's guest has come so far. */
  void freeze(VirtualMachine seen, FreezeRecord freeze);

  /** The watchdog of a VM has fired. */
  void watchdog(VirtualMachine seen, String message);
}
