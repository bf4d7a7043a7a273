package dev.moult.agent.update;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Launch;
import dev.moult.agent.run.Monitor;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Conducts one handoff from B's dialling to the verdict and the loser's death: preflight, {@link
 * Preparation}, {@link Transfer}, {@link Settlement}. Whatever goes wrong before the verdict ends
 * in a rollback.
 */
public final class Conductor {
  private static final Logger LOG = Logger.getLogger(Conductor.class);

  private final Handoff handoff;
  private final Timeline timeline;
  private final Report report;
  private final Sides sides;
  private final Patience patience;
  private final Consumer<Checked> checked;
  private final UpdateRecord record;
  private final Preparation preparation;

  /**
   * The preflight has passed: to be told while the handoff goes on.
   *
   * @param fromVersion A's
   * @param toVersion B's
   */
  public record Checked(String fromVersion, String toVersion) {}

  /**
   * What is left of a handoff.
   *
   * @param result to be told
   * @param target B's monitor when the guest runs there
   * @param to B, as the one in charge from now on; null if it is not
   */
  public record Ended(
      UpdateRecord.UpdateResult result,
      @Nullable Monitor target,
      RunRecord.@Nullable VmmRecord to) {}

  /**
   * For one handoff.
   *
   * @param checked told once the preflight has passed; must not block
   */
  public Conductor(Handoff handoff, Clock clock, Consumer<Checked> checked) {
    this.handoff = handoff;
    this.checked = checked;
    Meeting meeting = Meeting.of(handoff.updateUid());
    this.timeline = new Timeline(clock);
    FrozenMachine machine = machine();
    UpdateRecord begun =
        UpdateRecord.begun(
            handoff.updateUid(),
            handoff.updateName(),
            handoff.namespace(),
            handoff.run().runId(),
            vmm(),
            new RunRecord.VmmRecord(
                handoff.targetPodUid(),
                handoff.targetPodName(),
                "",
                Launch.vmm(machine, new Role.Incoming(meeting.cprOfB())).plan().argv(),
                true),
            handoff.deadlineBootNanos());
    UpdateRecord wanted = handoff.verifyMemory() ? begun.verifyingMemory() : begun;
    this.record = handoff.run().guest().pausedByUser() ? wanted.ofSleeper() : wanted;
    this.patience = new Patience(handoff, vmm().podUid());
    this.report = new Report(handoff.monitor().qmp().version().numbers(), timeline);
    this.sides =
        new Sides(
            handoff.broker(),
            handoff.journal(),
            handoff.attention(),
            vmm().podUid(),
            handoff.targetPodUid(),
            handoff.monitor(),
            false,
            record.asleep(),
            false);
    this.preparation = new Preparation(handoff, record, meeting, patience, timeline, report, sides);
  }

  /** What the journal has, or would have, of it. */
  public UpdateRecord record() {
    return record;
  }

  /** Runs it, to its end. */
  public Ended conduct() throws InterruptedException, IOException {
    timeline.reached(StepName.VMM_DIALLED);
    Preflight.Findings findings;
    try {
      findings = preflight();
    } catch (QmpException e) {
      return refused(
          List.of(
              new Obstacle(
                  Reason.VMM_UNRESPONSIVE.value(), "The running QEMU: " + e.getMessage())));
    }
    if (!findings.obstacles().isEmpty()) {
      return refused(findings.obstacles());
    }
    timeline.reached(StepName.PREFLIGHT_PASSED);
    report.toVersion(findings.toVersion());
    try {
      handoff.journal().begin(record);
    } catch (IOException e) {
      return refused(List.of(unwritable(e)));
    }
    stop(StopPoint.AGENT_PREFLIGHT_DONE);
    checked.accept(new Checked(handoff.monitor().qmp().version().numbers(), findings.toVersion()));
    Settlement settlement =
        new Settlement(sides, handoff.journal(), record, timeline, true, memoryCheck());
    boolean whole = false;
    try {
      Decision.Action end = perform(findings, settlement);
      stop(StopPoint.AGENT_CLEANING);
      preparation.tidyUp(end == Decision.Action.FINISH_COMMITTED);
      Ended ended = ended(end, settlement);
      whole = true;
      return ended;
    } finally {
      if (!whole) {
        // Whoever settles it must find both monitors free.
        Monitor b = sides.b();
        if (b != null) {
          b.close();
        }
        preparation.letGo();
      }
    }
  }

  private Decision.Action perform(Preflight.Findings findings, Settlement settlement)
      throws InterruptedException {
    Decision.Action end;
    try {
      Relay relay = preparation.prepare(findings.emptyVfio());
      stop(StopPoint.AGENT_COMPARED);
      patience.stillWanted("the comparison");
      settlement.noteStandstill();
      preparation.offerQueues();
      Transfer transfer =
          new Transfer(
              a(),
              b(),
              timeline,
              handoff.journal().vmUid(),
              record.asleep(),
              settlement::noteStandstill);
      try {
        transfer.run(relay, preparation.mainSocket());
        end = settlement.commit(transfer);
        if (end == Decision.Action.FINISH_ROLLED_BACK) {
          report.failed(notCommitted(settlement));
        }
      } catch (HandoffFailedException e) {
        report.failed(e);
        end = settlement.transferFailed(transfer);
      }
    } catch (HandoffFailedException e) {
      report.failed(e);
      end = settlement.rollBack();
    } catch (QmpException e) {
      report.failed(
          new HandoffFailedException(Reason.TRANSFER_FAILED, String.valueOf(e.getMessage())));
      end = settlement.rollBack();
    } catch (BrokerException | IOException e) {
      report.failed(
          new HandoffFailedException(Reason.VMM_POD_FAILED, String.valueOf(e.getMessage())));
      end = settlement.rollBack();
    }
    return end;
  }

  private static HandoffFailedException notCommitted(Settlement settlement) {
    HandoffFailedException unproved = settlement.unproved();
    if (unproved != null) {
      return unproved;
    }
    return settlement.stoodTooLong()
        ? new HandoffFailedException(Reason.STOP_PHASE_TIMED_OUT, Transfer.notTakenOver())
        : new HandoffFailedException(
            Reason.TRANSFER_FAILED, "The new QEMU had the state, but did not keep it.");
  }

  private Preflight.Findings preflight() throws QmpException, InterruptedException {
    List<Obstacle> ofSource = Preflight.ofSource(a(), machine(), record.asleep());
    Preflight.Findings ofTarget =
        Preflight.ofTarget(handoff.pairs(), a().version(), machine(), handoff.probe());
    return ofTarget.and(ofSource);
  }

  private static Obstacle unwritable(IOException e) {
    return new Obstacle(
        Reason.JOURNAL_UNWRITABLE.value(),
        "The node's journal takes no update: " + e.getMessage() + ".");
  }

  private Ended refused(List<Obstacle> obstacles) throws InterruptedException {
    try {
      handoff.journal().begin(record);
    } catch (IOException e) {
      LOG.warnf(e, "a refusal is not in the journal vm=%s", handoff.journal().vmUid());
    }
    try {
      sides.killB();
    } catch (BrokerException e) {
      // Its launcher only waits for a plan that never comes; the operator deletes the pod.
    }
    return new Ended(report.refused(obstacles), null, null);
  }

  private Ended ended(Decision.Action end, Settlement settlement) {
    Monitor b = sides.b();
    boolean committed = end == Decision.Action.FINISH_COMMITTED;
    RunRecord.VmmRecord to =
        committed && b != null ? record.to().greeted(b.qmp().version().numbers()) : null;
    if (!committed && b != null) {
      b.close();
    }
    report.contRefused(settlement.contRefusal());
    report.memory(settlement.memory());
    return new Ended(report.ended(end, settlement.pauseMicros()), committed ? b : null, to);
  }

  private @Nullable MemoryCheck memoryCheck() {
    return handoff.verifyMemory()
        ? new MemoryCheck(handoff.broker(), handoff.run().anchorPodUid(), machine().memoryBytes())
        : null;
  }

  private void stop(StopPoint point) {
    StopPoints.at(point, handoff.journal().vmUid());
  }

  private QmpClient a() {
    return handoff.monitor().qmp();
  }

  private QmpClient b() {
    return Objects.requireNonNull(sides.b()).qmp();
  }

  private FrozenMachine machine() {
    return Objects.requireNonNull(handoff.run().machine());
  }

  private RunRecord.VmmRecord vmm() {
    return Objects.requireNonNull(handoff.run().vmm());
  }
}
