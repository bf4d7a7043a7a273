package dev.moult.operator.update;

import dev.moult.api.v1alpha1.LiveUpdateStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * All that a LiveUpdate's status is composed from.
 *
 * @param seen the caches
 * @param observation what they mean
 * @param before the state that the cached status shows
 * @param state the state that follows
 * @param now this moment
 */
record UpdateDraft(
    UpdateSeen seen,
    UpdateObservation observation,
    UpdateState before,
    UpdateState state,
    Instant now) {

  /** The status as cached; null before the first. */
  @Nullable LiveUpdateStatus old() {
    return seen.update().getStatus();
  }
}
