package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.Storage;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.GuestRam;
import dev.moult.agent.run.Launch;
import dev.moult.agent.run.Monitor;
import dev.moult.agent.run.QemuSockets;
import dev.moult.agent.run.Slot;
import dev.moult.agent.run.StorageFound;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import dev.moult.wire.SlotFacts;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes B ready while A runs the guest: launches it, carries A's descriptors to it, compares the
 * two, in the order that is measured to work. All of it can be given up without the guest noticing.
 */
final class Preparation {
  private static final Duration GREETING = Duration.ofSeconds(30);
  private static final Duration LAUNCH = Duration.ofSeconds(30);

  private final Handoff handoff;
  private final UpdateRecord record;
  private final Meeting meeting;
  private final Patience patience;
  private final Timeline timeline;
  private final Report report;
  private final Sides sides;
  private @Nullable Relay relay;
  private boolean tapWatched;
  private QmpEvents.@Nullable Cursor sinceWatched;

  Preparation(
      Handoff handoff,
      UpdateRecord record,
      Meeting meeting,
      Patience patience,
      Timeline timeline,
      Report report,
      Sides sides) {
    this.handoff = handoff;
    this.record = record;
    this.meeting = meeting;
    this.patience = patience;
    this.timeline = timeline;
    this.report = report;
    this.sides = sides;
  }

  /**
   * Does it.
   *
   * @return the relay, which holds back the hang-up that lets A stop
   */
  Relay prepare(EmptyVfio emptyVfio)
      throws BrokerException, IOException, HandoffFailedException, InterruptedException {
    Relay carrying = launch(emptyVfio);
    sendDescriptors(carrying);
    compare(carrying);
    return carrying;
  }

  /** Where B is to listen for the state, as both QEMUs see it. */
  String mainSocket() {
    return path(meeting.main());
  }

  private Relay launch(EmptyVfio emptyVfio)
      throws BrokerException, IOException, HandoffFailedException, InterruptedException {
    Broker broker = handoff.broker();
    String anchor = handoff.run().anchorPodUid();
    checkStorage(broker, anchor);
    var unused = broker.ask(new Request.Sweep(anchor));
    if (!machine().nics().isEmpty()) {
      tapWatched = true;
      sinceWatched = a().events().fromNow();
      checkQueues(broker.ask(new Request.WatchTap(anchor, true)));
    }
    Launch launch = Launch.vmm(machine(), new Role.Incoming(meeting.cprOfB()));
    try (QemuSockets sockets = QemuSockets.bind(handoff.journal(), podB(), machine())) {
      sides.launchedB();
      var unusedThen =
          broker.ask(
              new Request.SendPlan(podB(), anchor, launch.plan(), launch.sources()),
              sockets.descriptors(),
              Broker.ORDINARY);
    }
    UnixListener fromA =
        UnixListener.adopt(
            broker.askForDescriptor(
                new Request.ListenCpr(anchor, meeting.cprOfA()), Broker.ORDINARY));
    try {
      Fd toB = connectB(broker, anchor);
      timeline.reached(StepName.VMM_LAUNCHED);
      stop(StopPoint.AGENT_TARGET_WAITS);
      relay =
          new Relay(
              fromA,
              UnixSocket.adopt(toB),
              emptyVfio,
              Deadline.in(patience.left()),
              handoff.attention()::wake,
              handoff.journal().vmUid());
      relay.start();
      return relay;
    } finally {
      if (relay == null) {
        fromA.close();
      }
    }
  }

  /** B ends itself, at its start, on a queue that is detached already. */
  private void checkQueues(Answer.TapWatched watched) throws HandoffFailedException {
    if (watched.idle() > 0) {
      String message =
          "The guest does not use "
              + watched.idle()
              + " of its network card's queues, as one that boots does not yet.";
      report.blocked(new Obstacle(Reason.NETWORK_QUEUES_UNUSED.value(), message));
      throw new HandoffFailedException(Reason.NETWORK_QUEUES_UNUSED, message);
    }
  }

  /** B opens the disks anew: they must be those that A's guest writes. */
  private void checkStorage(Broker broker, String anchor)
      throws BrokerException, HandoffFailedException, InterruptedException {
    Storage storage = handoff.run().storage();
    if (storage == null) {
      return;
    }
    Optional<String> foreign =
        StorageFound.foreign(storage, broker.ask(new Request.Facts(anchor)).now());
    if (foreign.isPresent()) {
      throw new HandoffFailedException(Reason.DISK_UNAVAILABLE, foreign.get());
    }
  }

  /** B binds its socket soon after exec; or its launcher fails, or it exits: that ends the wait. */
  private Fd connectB(Broker broker, String anchor)
      throws BrokerException, HandoffFailedException, InterruptedException {
    Duration most = patience.atMost(LAUNCH);
    try (Connecting connecting =
        Connecting.begin(broker, anchor, meeting.cprOfB(), most, handoff.attention()::wake)) {
      patience.until(connecting::isDone, "the new QEMU's launch");
      return connecting.take();
    }
  }

  private void sendDescriptors(Relay carrying)
      throws QmpException, IOException, HandoffFailedException, InterruptedException {
    a().enableHandoffCapabilities();
    a().setMigrationMode("cpr-transfer");
    a().migrate(MigrationChannel.main(mainSocket()), MigrationChannel.cpr(path(meeting.cprOfA())));
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

  private void compare(Relay carried)
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
    descriptors(carried);
    timeline.reached(StepName.COMPARED);
  }

  private static Reason reason(Obstacle obstacle) {
    return Arrays.stream(Reason.values())
        .filter(reason -> reason.value().equals(obstacle.reason()))
        .findFirst()
        .orElse(Reason.DEVICE_TREE_DIFFERS);
  }

  private void descriptors(Relay carried)
      throws BrokerException, HandoffFailedException, InterruptedException {
    List<SlotFacts> atA = handoff.broker().ask(new Request.Facts(vmm().podUid())).now();
    Answer.SlotsSeen ofB = handoff.broker().ask(new Request.Facts(podB()));
    SlotFacts ramA = Comparison.slot(atA, Slot.RAM.number()).orElse(null);
    SlotFacts ramB = Comparison.slot(ofB.now(), Slot.RAM.number()).orElse(null);
    if (ramA == null || ramB == null || !ramA.sameFile(ramB)) {
      throw new HandoffFailedException(
          Reason.TRANSFER_FAILED, "The new QEMU was not given the guest's own memory.");
    }
    Optional<String> foreign = GuestRam.foreign(machine(), ofB.now());
    if (foreign.isPresent()) {
      throw new HandoffFailedException(Reason.TRANSFER_FAILED, foreign.get());
    }
    // As launched: QEMU has moved some of them since, and uses their numbers for files of its own.
    report.given(ramA.inode(), ramB.inode(), DescriptorList.of(ofB.recorded()));
    report.streamed(carried.given());
  }

  /**
   * B attaches the tap's queues as it loads the state. From here on packets come to A by its first
   * one, until it stops.
   */
  void offerQueues() throws BrokerException, InterruptedException {
    if (machine().nics().stream().anyMatch(nic -> nic.queuePairs() > 1)) {
      var unused = handoff.broker().ask(new Request.OfferQueues(handoff.run().anchorPodUid()));
    }
  }

  /** Ends the relay, whatever it does. */
  void letGo() {
    if (relay != null) {
      relay.close();
    }
  }

  /**
   * Nothing of the handoff stays behind but its result.
   *
   * @param committed B has the guest, and has set the tap's queues as the guest wants them
   */
  void tidyUp(boolean committed) throws InterruptedException {
    if (relay != null) {
      relay.close();
    }
    String anchor = handoff.run().anchorPodUid();
    try {
      if (tapWatched) {
        boolean keepQueues = committed || guestWasReset();
        Answer.TapWatched answer =
            handoff.broker().ask(new Request.WatchTap(anchor, false, keepQueues));
        report.tapRepairs(answer.restored());
      }
      var unused = handoff.broker().ask(new Request.Sweep(anchor));
    } catch (BrokerException e) {
      report.untidy(String.valueOf(e.getMessage()));
    }
  }

  /** Then A has detached the queues itself; its guest's driver attaches them when it has booted. */
  private boolean guestWasReset() throws InterruptedException {
    QmpEvents.Cursor events = sinceWatched;
    try {
      return events != null && events.await("RESET", Duration.ZERO).is("RESET");
    } catch (QmpException e) {
      return false;
    }
  }

  private void stop(StopPoint point) {
    StopPoints.at(point, handoff.journal().vmUid());
  }

  private String path(String socket) {
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
