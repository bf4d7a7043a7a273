package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Launch;
import dev.moult.agent.run.Monitor;
import dev.moult.agent.run.QmpListener;
import dev.moult.agent.run.Slot;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import dev.moult.wire.SlotFacts;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Conducts one handoff from B's dialling to the verdict and the loser's death: what is measured to
 * work, in the order that works. Whatever goes wrong before the verdict ends in a rollback.
 */
public final class Conductor {
  private static final Logger LOG = Logger.getLogger(Conductor.class);
  private static final Duration GREETING = Duration.ofSeconds(30);
  private static final Duration LAUNCH = Duration.ofSeconds(30);

  // Names of this handoff alone: whoever still waits for an earlier one's sockets must not get
  // these.
  private final String cprOfA;
  private final String cprOfB;
  private final String main;
  private final Handoff handoff;
  private final Timeline timeline;
  private final Report report;
  private final Sides sides;
  private final Patience patience;
  private final Consumer<Checked> checked;
  private final UpdateRecord record;
  private @Nullable Relay relay;
  private boolean tapWatched;

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
    String mark = handoff.updateUid().substring(0, 8);
    this.cprOfA = "a-cpr-" + mark + ".sock";
    this.cprOfB = "b-cpr-" + mark + ".sock";
    this.main = "main-" + mark + ".sock";
    this.timeline = new Timeline(clock);
    FrozenMachine machine = machine();
    this.record =
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
                Launch.vmm(machine, new Role.Incoming(cprOfB)).plan().argv(),
                true),
            handoff.deadlineBootNanos());
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
            false);
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
    Settlement settlement = new Settlement(sides, handoff.journal(), record, timeline, true);
    boolean whole = false;
    try {
      Decision.Action end = perform(findings, settlement);
      stop(StopPoint.AGENT_CLEANING);
      cleanUp();
      Ended ended = ended(end, settlement);
      whole = true;
      return ended;
    } finally {
      if (!whole) {
        letGo();
      }
    }
  }

  private Decision.Action perform(Preflight.Findings findings, Settlement settlement)
      throws InterruptedException {
    Decision.Action end;
    try {
      launch(findings);
      sendDescriptors();
      compare();
      stop(StopPoint.AGENT_COMPARED);
      patience.stillWanted("the comparison");
      settlement.guestMayStop();
      Transfer transfer = new Transfer(a(), b(), timeline, handoff.journal().vmUid());
      try {
        transfer.run(Objects.requireNonNull(relay), meeting(main));
        end = settlement.commit(transfer);
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

  // ---------------------------------------------------------------- the steps, in their order

  private Preflight.Findings preflight() throws QmpException, InterruptedException {
    List<Obstacle> ofSource = Preflight.ofSource(a(), machine());
    Preflight.Findings ofTarget =
        Preflight.ofTarget(handoff.pairs(), a().version(), machine(), handoff.probe());
    return ofTarget.and(ofSource);
  }

  private void launch(Preflight.Findings findings)
      throws BrokerException, IOException, HandoffFailedException, InterruptedException {
    Broker broker = handoff.broker();
    String anchor = handoff.run().anchorPodUid();
    var unused = broker.ask(new Request.Sweep(anchor));
    if (!machine().nics().isEmpty()) {
      tapWatched = true;
      var unusedToo = broker.ask(new Request.WatchTap(anchor, true));
    }
    Launch launch = Launch.vmm(machine(), new Role.Incoming(cprOfB));
    try (QmpListener listener = QmpListener.bind(handoff.journal().qmpSocket(podB()))) {
      sides.launchedB();
      var unusedThen =
          broker.ask(
              new Request.SendPlan(podB(), anchor, launch.plan(), launch.sources()),
              List.of(listener.fd()),
              Broker.ORDINARY);
    }
    UnixListener fromA =
        UnixListener.adopt(
            broker.askForDescriptor(new Request.ListenCpr(anchor, cprOfA), Broker.ORDINARY));
    try {
      Fd toB = connectB(broker, anchor);
      timeline.reached(StepName.VMM_LAUNCHED);
      stop(StopPoint.AGENT_TARGET_WAITS);
      relay =
          new Relay(
              fromA,
              UnixSocket.adopt(toB),
              findings.emptyVfio(),
              Deadline.in(patience.left()),
              handoff.attention()::wake,
              handoff.journal().vmUid());
      relay.start();
    } finally {
      if (relay == null) {
        fromA.close();
      }
    }
  }

  /** B binds its socket soon after exec; or its launcher fails, or it exits: that ends the wait. */
  private Fd connectB(Broker broker, String anchor)
      throws BrokerException, HandoffFailedException, InterruptedException {
    Duration most = patience.atMost(LAUNCH);
    try (Connecting connecting =
        Connecting.begin(broker, anchor, cprOfB, most, handoff.attention()::wake)) {
      patience.until(connecting::isDone, "the new QEMU's launch");
      return connecting.take();
    }
  }

  private void sendDescriptors()
      throws QmpException, IOException, HandoffFailedException, InterruptedException {
    a().enableHandoffCapabilities();
    a().setMigrationMode("cpr-transfer");
    a().migrate(MigrationChannel.main(meeting(main)), MigrationChannel.cpr(meeting(cprOfA)));
    Relay carrying = Objects.requireNonNull(relay);
    patience.until(
        () -> carrying.complete() || carrying.failure() != null, "the old QEMU's descriptors");
    if (carrying.failure() != null) {
      throw new HandoffFailedException(
          Reason.TRANSFER_FAILED, "The cpr stream broke: " + carrying.failure());
    }
    timeline.reached(StepName.CPR_SENT);
    Duration most = patience.atMost(GREETING);
    try {
      sides.connectedB(Monitor.connect(podB(), handoff.journal().qmpSocket(podB()), most));
    } catch (IOException e) {
      throw new HandoffFailedException(
          Reason.VMM_FAILED_TO_START,
          "The new QEMU ended before it answered; its log has its last words ("
              + e.getMessage()
              + ").");
    }
    timeline.reached(StepName.QMP_READY);
    b().enableHandoffCapabilities();
  }

  private void compare()
      throws QmpException, BrokerException, HandoffFailedException, InterruptedException {
    List<Obstacle> obstacles;
    try {
      obstacles = Comparison.machines(a(), b(), vmm().argv(), record.to().argv());
    } catch (IllegalArgumentException e) {
      throw new HandoffFailedException(
          Reason.DEVICE_TREE_DIFFERS, "The two QEMUs cannot be compared: " + e.getMessage());
    }
    if (!obstacles.isEmpty()) {
      obstacles.forEach(report::blocked);
      throw new HandoffFailedException(
          reason(obstacles.getFirst()), obstacles.getFirst().message());
    }
    descriptors();
    timeline.reached(StepName.COMPARED);
  }

  private static Reason reason(Obstacle obstacle) {
    return Arrays.stream(Reason.values())
        .filter(reason -> reason.value().equals(obstacle.reason()))
        .findFirst()
        .orElse(Reason.DEVICE_TREE_DIFFERS);
  }

  private void descriptors() throws BrokerException, HandoffFailedException, InterruptedException {
    List<SlotFacts> atA = handoff.broker().ask(new Request.Facts(vmm().podUid())).now();
    Answer.SlotsSeen ofB = handoff.broker().ask(new Request.Facts(podB()));
    SlotFacts ramA = Comparison.slot(atA, Slot.RAM.number()).orElse(null);
    SlotFacts ramB = Comparison.slot(ofB.now(), Slot.RAM.number()).orElse(null);
    if (ramA == null || ramB == null || !ramA.sameFile(ramB)) {
      throw new HandoffFailedException(
          Reason.TRANSFER_FAILED, "The new QEMU was not given the guest's own memory.");
    }
    // As launched: QEMU has moved some of them since, and uses their numbers for files of its own.
    report.given(ramA.inode(), ramB.inode(), DescriptorList.of(ofB.recorded()));
    report.streamed(Objects.requireNonNull(relay).given());
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
    return new Ended(report.ended(end, settlement.pauseMicros()), committed ? b : null, to);
  }

  /** Broken off in the middle: whoever settles it must find both monitors free. */
  private void letGo() {
    Monitor b = sides.b();
    if (b != null) {
      b.close();
    }
    if (relay != null) {
      relay.close();
    }
  }

  /** Nothing of the handoff stays behind but its result. */
  private void cleanUp() throws InterruptedException {
    if (relay != null) {
      relay.close();
    }
    String anchor = handoff.run().anchorPodUid();
    try {
      if (tapWatched) {
        Answer.TapWatched answer = handoff.broker().ask(new Request.WatchTap(anchor, false));
        report.tapRepairs(answer.restored());
      }
      var unused = handoff.broker().ask(new Request.Sweep(anchor));
    } catch (BrokerException e) {
      report.untidy(String.valueOf(e.getMessage()));
    }
  }

  private void stop(StopPoint point) {
    StopPoints.at(point, handoff.journal().vmUid());
  }

  private String meeting(String socket) {
    return Slot.of(machine()).meetingPath(socket);
  }

  private QmpClient a() {
    return handoff.monitor().qmp();
  }

  private QmpClient b() {
    return Objects.requireNonNull(sides.b()).qmp();
  }

  private String podB() {
    return handoff.targetPodUid();
  }

  private FrozenMachine machine() {
    return Objects.requireNonNull(handoff.run().machine());
  }

  private RunRecord.VmmRecord vmm() {
    return Objects.requireNonNull(handoff.run().vmm());
  }
}
