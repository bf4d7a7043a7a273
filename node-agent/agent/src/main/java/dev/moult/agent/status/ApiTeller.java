package dev.moult.agent.status;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.SuspendRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.status.EventRecorder.Kind;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tells by statuses and events, through the writer's line. */
public final class ApiTeller implements Teller {
  /** A new generation alone can wait: the operator writes about it at that very moment. */
  private static final Duration NO_NEWS = Duration.ofSeconds(3);

  private final StatusClient statuses;
  private final EventRecorder events;
  private final ApiWriter writer;
  private final NodeInventory inventory;
  private final Clock clock;
  private final Map<String, VirtualMachineStatus> lastSent = new ConcurrentHashMap<>();

  /** Over the API server. */
  public ApiTeller(
      StatusClient statuses,
      EventRecorder events,
      ApiWriter writer,
      NodeInventory inventory,
      Clock clock) {
    this.statuses = statuses;
    this.events = events;
    this.writer = writer;
    this.inventory = inventory;
    this.clock = clock;
  }

  @Override
  public void vm(
      VirtualMachine seen,
      RunRecord run,
      List<Obstacle> obstacles,
      GuestView view,
      @Nullable ProbesStatus probes) {
    String uid = seen.getMetadata().getUid();
    VirtualMachineStatus status =
        VmReport.of(
            run,
            seen.getMetadata().getGeneration(),
            seen.getStatus(),
            inventory.sentence(),
            obstacles,
            view,
            probes,
            clock.instant());
    // The object may show it already (a restarted agent), or it is on its way.
    if (status.equals(VmReport.ownPart(seen.getStatus()))) {
      lastSent.put(uid, status);
      return;
    }
    VirtualMachineStatus last = lastSent.put(uid, status);
    if (VmReport.same(status, last)) {
      return;
    }
    writer.submit(
        "vm/" + uid,
        VmReport.sameGuest(status, last) ? NO_NEWS : Duration.ZERO,
        () -> {
          var unused = statuses.apply(seen, run.runId(), status);
        });
  }

  @Override
  public void checked(LiveUpdate seen, String runId, Checked checked) {
    String uid = seen.getMetadata().getUid();
    LiveUpdateStatus status =
        UpdateReport.checked(uid, runId, checked, seen.getStatus(), clock.instant());
    writer.submit(
        "update/" + uid,
        () -> {
          var unused = statuses.apply(seen, status);
        });
    events.record(
        seen,
        Kind.NORMAL,
        Reason.TRANSFERRING.value(),
        "QEMU %s hands over to %s.".formatted(checked.fromVersion(), checked.toVersion()));
  }

  @Override
  public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told) {
    LiveUpdateStatus status = UpdateReport.ended(update, result, seen.getStatus(), clock.instant());
    writer.submit(
        "update/" + seen.getMetadata().getUid(),
        () -> {
          var unused = statuses.apply(seen, status);
          told.run();
        });
    boolean good = result.verdict() == UpdateRecord.End.COMMITTED;
    events.record(
        seen, good ? Kind.NORMAL : Kind.WARNING, result.reason(), sentence(update, result));
  }

  private static String sentence(UpdateRecord update, UpdateResult result) {
    Long pause = result.pauseMicros();
    return switch (result.verdict()) {
      case COMMITTED ->
          "The guest %s on QEMU %s%s."
              .formatted(
                  update.asleep() ? "is, paused as before," : "runs",
                  result.toVersion(),
                  pause == null
                      ? ""
                      : "; it stood still for "
                          + HumanDuration.format(Duration.of(pause, ChronoUnit.MICROS)));
      case ROLLED_BACK -> "The guest runs on as before. " + result.message();
      case REFUSED -> "Nothing was touched. " + result.message();
      case FAILED -> result.message();
    };
  }

  @Override
  public void guest(VirtualMachine seen, RunRecord run) {
    GuestRecord guest = run.guest();
    String reason = guest.reason();
    String message = guest.message();
    if (guest.state() == GuestState.RUNNING) {
      events.record(seen, Kind.NORMAL, Reason.GUEST_RUNNING.value(), "The guest runs.");
    } else if (guest.state() == GuestState.SUSPENDED) {
      events.record(seen, Kind.NORMAL, Reason.SUSPENDED.value(), suspended(run));
    } else if (guest.state() == GuestState.PAUSED && reason != null) {
      events.record(
          seen,
          guest.pausedByUser() ? Kind.NORMAL : Kind.WARNING,
          reason,
          message == null ? reason : message);
    } else if (guest.ended() && reason != null) {
      events.record(
          seen,
          guest.state() == GuestState.FAILED ? Kind.WARNING : Kind.NORMAL,
          reason,
          message == null ? reason : message);
    }
  }

  private static String suspended(RunRecord run) {
    SuspendRecord suspend = run.suspend();
    SuspendRecord.Saved saved = suspend == null ? null : suspend.saved();
    return saved == null
        ? "The guest is put aside."
        : "The guest is put aside: QEMU %s saved its state in %s."
            .formatted(
                saved.qemuVersion(),
                HumanDuration.format(Duration.of(saved.stopMicros(), ChronoUnit.MICROS)));
  }

  @Override
  public void reset(VirtualMachine seen, Instant requestedAt) {
    events.record(
        seen,
        Kind.NORMAL,
        Reason.RESET_BY_USER.value(),
        "The guest was reset, as spec.resetRequestedAt asked at %s.".formatted(requestedAt));
  }

  @Override
  public void freeze(VirtualMachine seen, FreezeRecord freeze) {
    String why = freeze.message() == null ? "" : " " + freeze.message();
    switch (freeze.state()) {
      case FREEZING -> {} // what comes of it is told
      case FROZEN ->
          events.record(
              seen,
              Kind.NORMAL,
              Reason.FILESYSTEMS_FROZEN.value(),
              "The guest's file systems are frozen, until %s at the latest."
                  .formatted(Instant.ofEpochMilli(freeze.untilMillis())));
      case THAWED ->
          events.record(
              seen,
              Kind.NORMAL,
              Reason.FILESYSTEMS_THAWED.value(),
              "The guest's file systems are not frozen any more." + why);
      case FAILED ->
          events.record(
              seen,
              Kind.WARNING,
              Reason.FILESYSTEM_FREEZE_FAILED.value(),
              "The guest's file systems are not frozen." + why);
    }
  }

  @Override
  public void watchdog(VirtualMachine seen, String message) {
    events.record(seen, Kind.WARNING, Reason.WATCHDOG_FIRED.value(), message);
  }
}
