package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.cluster.Action.Trouble;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a status is composed from.
 *
 * @param seen the caches
 * @param observation what they mean
 * @param before the state that the cached status shows
 * @param state the state that follows
 * @param wished whether the guest shall run
 * @param trouble what the API server does not let be done
 * @param now this moment
 */
record Draft(
    Seen seen,
    Observation observation,
    VmState before,
    VmState state,
    boolean wished,
    Optional<Trouble> trouble,
    Instant now) {

  /** The status as cached; null before the first. */
  @Nullable VirtualMachineStatus old() {
    return seen.vm().getStatus();
  }

  /** Whether pods of a run exist or are about to. */
  boolean running() {
    return state == VmState.RUNNING || state == VmState.UPDATING;
  }

  Draft with(Optional<Trouble> other) {
    return new Draft(seen, observation, before, state, wished, other, now);
  }
}
