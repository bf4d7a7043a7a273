package dev.moult.agent.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request to freeze the guest's file systems, and what has become of it. It is written before the
 * guest agent is asked: whoever comes after finds what may be frozen, and thaws it.
 *
 * @param requestedAt spec.filesystemFreeze.requestedAt, RFC 3339
 * @param mostMillis for how long they may be frozen
 * @param state what has become of it
 * @param sinceMillis since when that is so, since the epoch
 * @param untilMillis when this state ends at the latest, since the epoch
 * @param count of file systems that were frozen; null if nobody said
 * @param message for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FreezeRecord(
    String requestedAt,
    long mostMillis,
    FilesystemFreezeState state,
    long sinceMillis,
    long untilMillis,
    @Nullable Integer count,
    @Nullable String message) {

  /** Refuses what is not whole: text from a file may lack anything. */
  public FreezeRecord {
    var unused = Instant.parse(requestedAt);
    Objects.requireNonNull(state);
  }

  /** The guest agent is about to be asked, until then. */
  public static FreezeRecord asked(
      Instant requestedAt, Duration most, long nowMillis, long untilMillis) {
    return new FreezeRecord(
        requestedAt.toString(),
        most.toMillis(),
        FilesystemFreezeState.FREEZING,
        nowMillis,
        untilMillis,
        null,
        null);
  }

  /** It is over before it began. */
  public static FreezeRecord over(
      Instant requestedAt, FilesystemFreezeState state, long nowMillis, String why) {
    return new FreezeRecord(requestedAt.toString(), 0, state, nowMillis, nowMillis, null, why);
  }

  /** They are frozen. */
  public FreezeRecord frozen(@Nullable Integer howMany, long nowMillis) {
    return new FreezeRecord(
        requestedAt,
        mostMillis,
        FilesystemFreezeState.FROZEN,
        nowMillis,
        nowMillis + mostMillis,
        howMany,
        null);
  }

  /** They are frozen, and shall stay so for a time from now on. */
  public FreezeRecord prolonged(Instant request, Duration most, long nowMillis) {
    return new FreezeRecord(
        request.toString(),
        most.toMillis(),
        state,
        sinceMillis,
        nowMillis + most.toMillis(),
        count,
        null);
  }

  /** The same with other words. */
  public FreezeRecord saying(@Nullable String words) {
    return new FreezeRecord(requestedAt, mostMillis, state, sinceMillis, untilMillis, count, words);
  }

  /** Nothing is frozen any more: thawed if it was, else failed. */
  public FreezeRecord ended(long nowMillis, String why) {
    return new FreezeRecord(
        requestedAt,
        mostMillis,
        state == FilesystemFreezeState.FROZEN
            ? FilesystemFreezeState.THAWED
            : FilesystemFreezeState.FAILED,
        nowMillis,
        nowMillis,
        count,
        why);
  }

  /** Whether something may be frozen. */
  public boolean isOpen() {
    return state == FilesystemFreezeState.FREEZING || state == FilesystemFreezeState.FROZEN;
  }

  /** Whether another one is about the same request, which has come as far. */
  public boolean isSame(@Nullable FreezeRecord other) {
    return other != null && state == other.state && requestedAt.equals(other.requestedAt);
  }

  /** Whether that request came after this one. */
  public boolean isBefore(Instant request) {
    return request.isAfter(Instant.parse(requestedAt));
  }

  /** Whether this is about that request. */
  public boolean isAbout(Instant request) {
    return request.equals(Instant.parse(requestedAt));
  }
}
