package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.cluster.Action.Outcome;
import dev.moult.operator.cluster.Action.Reply;
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
 * @param refusal why the API server would not take the VMM pod of a live update, as far as known
 * @param now this moment
 */
record Draft(
    Seen seen,
    Observation observation,
    VmState before,
    VmState state,
    boolean wished,
    Optional<Trouble> trouble,
    Optional<Trouble> refusal,
    Instant now) {

  /** The status as cached; null before the first. */
  @Nullable VirtualMachineStatus old() {
    return seen.vm().getStatus();
  }

  /** Whether the guest runs, or should. */
  boolean running() {
    return state == VmState.RUNNING || state == VmState.UPDATING || state == VmState.SUSPENDING;
  }

  /** Whether the guest is put aside, or is being taken up. */
  boolean aside() {
    return state == VmState.SUSPENDED || state == VmState.RESUMING;
  }

  /** The same, when the actions came out so. */
  Draft after(Outcome outcome) {
    var known = outcome.reply() instanceof Reply.Answer answer ? answer.refusal() : refusal;
    return new Draft(seen, observation, before, state, wished, outcome.trouble(), known, now);
  }
}
