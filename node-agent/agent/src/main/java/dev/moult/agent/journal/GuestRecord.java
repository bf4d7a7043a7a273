package dev.moult.agent.journal;

import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a guest.
 *
 * @param state what it does
 * @param reason why, in one word; null when there is nothing to say
 * @param message why, for people
 * @param sinceMillis since when, milliseconds since the epoch
 */
public record GuestRecord(
    GuestState state, @Nullable String reason, @Nullable String message, long sinceMillis) {

  /** Refuses what is not whole: text from a file may lack anything. */
  public GuestRecord {
    Objects.requireNonNull(state);
  }

  /** Whether this says the same, whenever it began. */
  public boolean same(GuestRecord other) {
    return state == other.state
        && java.util.Objects.equals(reason, other.reason)
        && java.util.Objects.equals(message, other.message);
  }

  /** A guest that stands still because its owner wishes so. */
  public static GuestRecord pausedByUser(long sinceMillis) {
    return new GuestRecord(
        GuestState.PAUSED,
        Reason.PAUSED_BY_USER.value(),
        "The guest stands still, as spec.paused says.",
        sinceMillis);
  }

  /** Whether the guest stands still because its owner wishes so. */
  public boolean pausedByUser() {
    return state == GuestState.PAUSED && Reason.PAUSED_BY_USER.value().equals(reason);
  }

  /** Whether the guest has ended, or could not start. */
  public boolean ended() {
    return state.isEnd();
  }
}
