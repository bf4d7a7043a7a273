package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what a handoff's result will say. */
final class Report {
  private final String fromVersion;
  private final Timeline timeline;
  private final List<Given> descriptors = new ArrayList<>();
  private final List<Obstacle> blockers = new ArrayList<>();
  private String toVersion = "";
  private @Nullable Reason reason;
  private String message = "";
  private @Nullable String contRefusal;
  private UpdateRecord.@Nullable Memory memory;
  private boolean checked;
  private long ramInode;
  private long ramInodeAfter;
  private int tapRepairs;

  Report(String fromVersion, Timeline timeline) {
    this.fromVersion = fromVersion;
    this.timeline = timeline;
  }

  void toVersion(String version) {
    toVersion = version;
    checked = true;
  }

  /** Why the handoff could not go on; the first word counts. */
  void failed(HandoffFailedException e) {
    if (reason == null) {
      reason = e.reason();
      message = String.valueOf(e.getMessage());
    }
  }

  void blocked(Obstacle obstacle) {
    blockers.add(obstacle);
  }

  void contRefused(@Nullable String words) {
    contRefusal = words;
  }

  void memory(UpdateRecord.@Nullable Memory read) {
    memory = read;
  }

  void given(long inodeAtA, long inodeAtB, List<Given> parked) {
    ramInode = inodeAtA;
    ramInodeAfter = inodeAtB;
    descriptors.addAll(parked);
  }

  void streamed(List<Given> streamed) {
    descriptors.addAll(streamed);
  }

  void tapRepairs(int restored) {
    tapRepairs = restored;
  }

  /** Something could not be tidied up after the handoff: the next one's beginning does it. */
  void untidy(String why) {
    message = message.isEmpty() ? "Not tidied up: " + why : message + " Not tidied up: " + why;
  }

  UpdateResult refused(List<Obstacle> obstacles) {
    blockers.addAll(obstacles);
    Obstacle first = obstacles.getFirst();
    return result(End.REFUSED, first.reason(), first.message(), null);
  }

  UpdateResult ended(Decision.Action end, @Nullable Long pauseMicros) {
    return switch (end) {
      case FINISH_COMMITTED ->
          result(End.COMMITTED, Reason.TRANSFERRED.value(), message, pauseMicros);
      case FINISH_LOST -> result(End.FAILED, Reason.GUEST_LOST.value(), lost(), null);
      case FINISH_STUCK ->
          result(
              End.FAILED,
              Reason.VMM_UNRESPONSIVE.value(),
              "The new QEMU is dead and the old one does not answer.",
              null);
      case FINISH_ROLLED_BACK -> rolledBack();
      case WAIT,
          FREEZE_SOURCE,
          WRITE_COMMIT,
          WRITE_ROLLBACK,
          CONT_TARGET,
          KILL_TARGET,
          CONT_SOURCE,
          KILL_SOURCE ->
          throw new IllegalStateException("not an end: " + end);
    };
  }

  private UpdateResult rolledBack() {
    if (contRefusal != null) {
      return result(
          End.ROLLED_BACK,
          Reason.TRANSFER_FAILED.value(),
          "The new QEMU refused to run the guest: " + contRefusal,
          null);
    }
    Reason why = reason == null ? Reason.AGENT_RESTARTED : reason;
    return result(
        End.ROLLED_BACK, why.value(), message.isEmpty() ? why.description() : message, null);
  }

  private String lost() {
    return message.isEmpty() ? Reason.GUEST_LOST.description() : message;
  }

  private UpdateResult result(End end, String why, String words, @Nullable Long pauseMicros) {
    return new UpdateResult(
        end,
        why,
        words,
        timeline.nowMicros(),
        fromVersion,
        toVersion,
        pauseMicros,
        ramInode,
        ramInodeAfter,
        tapRepairs,
        checked && end != End.REFUSED,
        blockers,
        descriptors,
        timeline.steps(),
        memory);
  }
}
