package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.Reason;
import java.time.Clock;
import java.util.List;

/** The result of an update that was given up before its handoff began. */
public final class Ending {
  private Ending() {}

  /**
   * Its result.
   *
   * @param end rolled back, as nothing was touched; failed, if the guest is gone all the same
   */
  public static UpdateResult givenUp(
      UpdateRecord update, End end, Reason reason, String message, Clock clock) {
    return new UpdateResult(
        end,
        reason.value(),
        message,
        new Timeline(clock).nowMicros(),
        update.from().qemuVersion(),
        "",
        null,
        0,
        0,
        0,
        false,
        List.of(),
        List.of(),
        List.of());
  }
}
