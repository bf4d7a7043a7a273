package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.run.Monitor;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Ends a handoff that an earlier agent began: it looks at both QEMUs, and decides by the same
 * rules.
 */
public final class Successor {
  private final Broker broker;
  private final VmJournal journal;
  private final Attention attention;
  private final Clock clock;

  /** For one VM. */
  public Successor(Broker broker, VmJournal journal, Attention attention, Clock clock) {
    this.broker = broker;
    this.journal = journal;
    this.attention = attention;
    this.clock = clock;
  }

  /**
   * What is left of the handoff.
   *
   * @param result to be told
   * @param source A's monitor when the guest is still there
   * @param target B's monitor when the guest runs there
   * @param to B, as the one in charge from now on; null if it is not
   */
  public record Ended(
      UpdateRecord.UpdateResult result,
      @Nullable Monitor source,
      @Nullable Monitor target,
      RunRecord.@Nullable VmmRecord to) {}

  /**
   * Decides.
   *
   * @param update the handoff without a result
   * @param anchorPodUid the VM's anchor
   * @param ramBytes size of the guest's memory
   * @param launched B's plan may have been sent
   * @param held A's monitor if this agent has it already: QEMU serves no second caller
   */
  public Ended settle(
      UpdateRecord update,
      String anchorPodUid,
      long ramBytes,
      boolean launched,
      @Nullable Monitor held)
      throws InterruptedException, IOException {
    Timeline timeline = new Timeline(clock);
    Sides sides =
        new Sides(
            broker,
            journal,
            attention,
            update.from().podUid(),
            update.to().podUid(),
            held,
            launched,
            update.asleep(),
            true);
    MemoryCheck memory =
        update.verifyMemory() ? new MemoryCheck(broker, anchorPodUid, ramBytes) : null;
    Settlement settlement = new Settlement(sides, journal, update, timeline, false, memory);
    Decision.Action end = settlement.settle();
    Report report = new Report(update.from().qemuVersion(), timeline);
    Monitor b = sides.b();
    boolean committed = end == Decision.Action.FINISH_COMMITTED;
    if (b != null) {
      report.toVersion(b.qmp().version().numbers());
      if (!committed) {
        b.close();
      }
    }
    report.contRefused(settlement.contRefusal());
    HandoffFailedException unproved = settlement.unproved();
    if (unproved != null) {
      report.failed(unproved);
    }
    report.memory(settlement.memory());
    StopPoints.at(StopPoint.AGENT_CLEANING, journal.vmUid());
    tidy(anchorPodUid, committed, report);
    RunRecord.VmmRecord to =
        committed && b != null ? update.to().greeted(b.qmp().version().numbers()) : null;
    return new Ended(
        report.ended(end, settlement.pauseMicros()),
        committed ? null : sides.a(),
        committed ? b : null,
        to);
  }

  private void tidy(String anchorPodUid, boolean committed, Report report)
      throws InterruptedException {
    try {
      dev.moult.wire.Answer.TapWatched restored =
          broker.ask(new Request.WatchTap(anchorPodUid, false, committed));
      report.tapRepairs(restored.restored());
      var unused = broker.ask(new Request.Sweep(anchorPodUid));
    } catch (BrokerException e) {
      // No tap, no watch, or an anchor that is gone: nothing to tidy.
    }
  }
}
