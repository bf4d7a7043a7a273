package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.Reason;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a run is over.
 *
 * @param reason in one word, from {@link Reason} or from the agent
 * @param message for people
 */
record Ending(String reason, @Nullable String message) {
  private static final Set<String> ORDERLY =
      Set.of(
          Reason.GUEST_POWERED_OFF.value(),
          Reason.GUEST_RESET.value(),
          Reason.POWERED_DOWN.value(),
          Reason.KILLED_AFTER_GRACE_PERIOD.value(),
          Reason.POD_DELETED.value(),
          Reason.EVICTED.value(),
          Reason.PREEMPTED.value());

  static Ending of(Reason reason, @Nullable String message) {
    return new Ending(reason.value(), message);
  }

  /** Whether a run that ended so ended by a fault. */
  static boolean faulty(String reason) {
    return !ORDERLY.contains(reason);
  }
}
