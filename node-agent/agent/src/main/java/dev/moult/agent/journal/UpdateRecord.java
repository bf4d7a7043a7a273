package dev.moult.agent.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The handoff under way, as a restarted agent must find it.
 *
 * @param uid the LiveUpdate's
 * @param name the LiveUpdate's
 * @param namespace the LiveUpdate's
 * @param runId the run in which it takes place
 * @param from A
 * @param to B
 * @param deadlineBootNanos until when it must have a verdict, CLOCK_BOOTTIME
 * @param contRefused B answered {@code cont} with an error, so it never ran
 * @param mayStopBootNanos since when the guest may stand still, from its STOP on since when it
 *     does, CLOCK_BOOTTIME; 0 before
 * @param pauseMicros how long it stood still, once B runs it; null before, and if nobody knows
 * @param result what became of it; null while it is under way
 * @param asleep the guest's owner had paused it before: neither QEMU is told to let it run
 * @param verifyMemory its memory is read twice while it stands still, and compared
 */
public record UpdateRecord(
    String uid,
    String name,
    String namespace,
    String runId,
    RunRecord.VmmRecord from,
    RunRecord.VmmRecord to,
    long deadlineBootNanos,
    boolean contRefused,
    long mayStopBootNanos,
    @Nullable Long pauseMicros,
    @Nullable UpdateResult result,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean asleep,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean verifyMemory) {

  /** One that has just begun. */
  public static UpdateRecord begun(
      String uid,
      String name,
      String namespace,
      String runId,
      RunRecord.VmmRecord from,
      RunRecord.VmmRecord to,
      long deadlineBootNanos) {
    return new UpdateRecord(
        uid,
        name,
        namespace,
        runId,
        from,
        to,
        deadlineBootNanos,
        false,
        0,
        null,
        null,
        false,
        false);
  }

  /** The same one of a guest that its owner had paused. */
  public UpdateRecord ofSleeper() {
    return with(contRefused, mayStopBootNanos, pauseMicros, result, true);
  }

  /** The same one after B refused to run. */
  public UpdateRecord refusedCont() {
    return with(true, mayStopBootNanos, pauseMicros, result, asleep);
  }

  /** The same one after its end. */
  public UpdateRecord ended(UpdateResult end) {
    return with(contRefused, mayStopBootNanos, pauseMicros, end, asleep);
  }

  /** The same one, from when on the guest may stand still. */
  public UpdateRecord mayStop(long sinceBootNanos) {
    return with(contRefused, sinceBootNanos, pauseMicros, result, asleep);
  }

  /** The same one when B runs the guest. */
  public UpdateRecord paused(@Nullable Long micros) {
    return with(contRefused, mayStopBootNanos, micros, result, asleep);
  }

  private UpdateRecord with(
      boolean refused,
      long mayStop,
      @Nullable Long pause,
      @Nullable UpdateResult end,
      boolean sleeps) {
    return new UpdateRecord(
        uid,
        name,
        namespace,
        runId,
        from,
        to,
        deadlineBootNanos,
        refused,
        mayStop,
        pause,
        end,
        sleeps,
        verifyMemory);
  }

  /** The same one, of which the memory is to be verified. */
  public UpdateRecord verifyingMemory() {
    return new UpdateRecord(
        uid,
        name,
        namespace,
        runId,
        from,
        to,
        deadlineBootNanos,
        contRefused,
        mayStopBootNanos,
        pauseMicros,
        result,
        asleep,
        true);
  }

  /** Whether all is there that settling it needs: text from a file may lack anything. */
  boolean isWhole() {
    return Stream.of(uid, name, namespace, runId, from, to).noneMatch(Objects::isNull);
  }

  /**
   * What became of an update; it is kept until the API server has it.
   *
   * @param verdict how it ended
   * @param reason why, in one word
   * @param message why, for people
   * @param atMicros when the verdict was written, microseconds since the epoch
   * @param fromVersion A's QEMU, three numbers
   * @param toVersion B's QEMU, three numbers; empty if it never said
   * @param pauseMicros how long the guest stood still; null if it did not
   * @param ramInode inode of the RAM under A; 0 if not looked at
   * @param ramInodeAfter the same under B
   * @param tapRepairs how often the tap's header size was put back
   * @param checked whether the preflight passed
   * @param blockers why not
   * @param descriptors what B was given
   * @param timeline the steps the agent took, in order
   * @param memory what was read of the guest's memory; null if nothing was
   */
  public record UpdateResult(
      End verdict,
      String reason,
      String message,
      long atMicros,
      String fromVersion,
      String toVersion,
      @Nullable Long pauseMicros,
      long ramInode,
      long ramInodeAfter,
      int tapRepairs,
      boolean checked,
      List<Obstacle> blockers,
      List<Given> descriptors,
      List<Step> timeline,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Memory memory) {

    /** Copies the lists. */
    public UpdateResult {
      blockers = List.copyOf(blockers);
      descriptors = List.copyOf(descriptors);
      timeline = List.copyOf(timeline);
    }

    /** One whose memory nobody wanted to be verified. */
    public UpdateResult(
        End verdict,
        String reason,
        String message,
        long atMicros,
        String fromVersion,
        String toVersion,
        @Nullable Long pauseMicros,
        long ramInode,
        long ramInodeAfter,
        int tapRepairs,
        boolean checked,
        List<Obstacle> blockers,
        List<Given> descriptors,
        List<Step> timeline) {
      this(
          verdict,
          reason,
          message,
          atMicros,
          fromVersion,
          toVersion,
          pauseMicros,
          ramInode,
          ramInodeAfter,
          tapRepairs,
          checked,
          blockers,
          descriptors,
          timeline,
          null);
    }
  }

  /**
   * The guest's memory while it stood still.
   *
   * @param before CRC32C when the old QEMU was stopped
   * @param after the same before the verdict; null if it did not come to that
   * @param bytes its size
   * @param micros how long reading took, both together
   */
  public record Memory(int before, @Nullable Integer after, long bytes, long micros) {}

  /** How an update ended. */
  public enum End {
    /** The guest runs on B. */
    COMMITTED,
    /** The guest is A's, as before. */
    ROLLED_BACK,
    /** Nothing was touched. */
    REFUSED,
    /** The guest was lost. */
    FAILED
  }

  /**
   * Something that stands in the way.
   *
   * @param reason in one word
   * @param message for people
   */
  public record Obstacle(String reason, String message) {}

  /**
   * A descriptor that B was given.
   *
   * @param name such as {@code ram} or {@code pc.bios}
   * @param kind such as {@code memfd}
   * @param size bytes; 0 where it has none
   * @param seals such as {@code SHRINK}
   * @param via {@code Anchor}, {@code Stream} or {@code Open}
   */
  public record Given(String name, String kind, long size, List<String> seals, String via) {
    /** Copies the seals. */
    public Given {
      seals = List.copyOf(seals);
    }
  }

  /**
   * A step that was reached.
   *
   * @param name its public name
   * @param atMicros when, microseconds since the epoch
   */
  public record Step(String name, long atMicros) {}
}
