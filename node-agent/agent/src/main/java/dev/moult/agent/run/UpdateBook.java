package dev.moult.agent.run;

import dev.moult.api.v1alpha1.HandoffStatus;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.linux.Clocks;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The LiveUpdates of one VM, as they were seen, with the time by which each must have a verdict.
 */
final class UpdateBook {
  private final String nodeName;
  private final Clock clock;
  private final Map<String, LiveUpdate> updates = new LinkedHashMap<>();
  private final Map<String, Long> deadlines = new HashMap<>();
  private final Set<String> finished = new HashSet<>();

  UpdateBook(String nodeName, Clock clock) {
    this.nodeName = nodeName;
    this.clock = clock;
  }

  void seen(LiveUpdate update) {
    String uid = update.getMetadata().getUid();
    updates.put(uid, update);
    LiveUpdateStatus status = update.getStatus();
    if (status == null || deadlines.containsKey(uid)) {
      return;
    }
    Duration timeout = HumanDuration.parse(update.getSpec().timeout());
    Duration used =
        status.startedAt() == null
            ? Duration.ZERO
            : Duration.between(status.startedAt(), clock.instant());
    // Wall clocks differ and are set: no more than the whole, no less than nothing.
    long left = Math.clamp(timeout.minus(used).toNanos(), 0, timeout.toNanos());
    deadlines.put(uid, Clocks.bootTimeNanos() + left);
  }

  /** It is gone: nobody is there to be told. */
  void gone(String uid) {
    updates.remove(uid);
    deadlines.remove(uid);
    finished.add(uid);
  }

  /** Its result is told. */
  void finished(String uid) {
    finished.add(uid);
  }

  boolean isFinished(String uid) {
    return finished.contains(uid);
  }

  /** Whether it was deleted, or ended by the operator, which had not heard of its beginning. */
  boolean isCancelled(String uid) {
    LiveUpdate known = updates.get(uid);
    return known == null || known.getMetadata().getDeletionTimestamp() != null || isEnded(known);
  }

  private static boolean isEnded(LiveUpdate update) {
    LiveUpdateStatus status = update.getStatus();
    return status != null && status.finishedAt() != null;
  }

  boolean isEmpty() {
    return updates.isEmpty();
  }

  Optional<LiveUpdate> get(String uid) {
    return Optional.ofNullable(updates.get(uid));
  }

  /** Until when it must have a verdict, CLOCK_BOOTTIME nanoseconds. */
  long deadline(String uid) {
    return deadlines.getOrDefault(uid, Clocks.bootTimeNanos());
  }

  /**
   * The one that is this agent's to do, oldest first; null when there is none.
   *
   * @param beingTold one that is over, whose result waits to be told
   */
  Scene.@Nullable UpdateSeen wanted(@Nullable String beingTold) {
    return active(beingTold)
        .map(update -> {
          String uid = update.getMetadata().getUid();
          return new Scene.UpdateSeen(
              uid,
              update.getMetadata().getDeletionTimestamp() != null,
              Clocks.bootTimeNanos() >= deadline(uid),
              isBegun(update));
        })
        .orElse(null);
  }

  /** Nanoseconds until the active one's time is over; {@link Long#MAX_VALUE} when there is none. */
  long nanosToDeadline(@Nullable String beingTold) {
    return active(beingTold)
        .map(update -> deadline(update.getMetadata().getUid()) - Clocks.bootTimeNanos())
        .filter(left -> left > 0)
        .orElse(Long.MAX_VALUE);
  }

  private Optional<LiveUpdate> active(@Nullable String beingTold) {
    return updates.values().stream()
        .filter(update -> !update.getMetadata().getUid().equals(beingTold))
        .filter(this::isActive)
        .min(Comparator.comparing(update -> update.getMetadata().getCreationTimestamp()));
  }

  private boolean isActive(LiveUpdate update) {
    LiveUpdateStatus status = update.getStatus();
    String uid = update.getMetadata().getUid();
    if (status == null || finished.contains(uid) || !nodeName.equals(status.nodeName())) {
      return false;
    }
    HandoffStatus handoff = status.handoff();
    if (handoff != null && handoff.verdict() != null && uid.equals(handoff.uid())) {
      return false;
    }
    return status.phase() == LiveUpdatePhase.PREPARING
        || status.phase() == LiveUpdatePhase.CHECKING
        || isBegun(update);
  }

  private static boolean isBegun(LiveUpdate update) {
    LiveUpdateStatus status = update.getStatus();
    return status != null && status.phase() == LiveUpdatePhase.TRANSFERRING;
  }
}
