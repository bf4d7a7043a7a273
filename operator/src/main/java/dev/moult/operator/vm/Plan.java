package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.cluster.Action.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done about a virtual machine.
 *
 * @param draft what its status is composed from
 * @param first what is to be done before that is recorded, as it is forgotten afterwards
 * @param status the operator's part of the status, recorded before anything is done
 * @param actions what is to be done then, in order
 * @param wakeAt when to look again if nothing happens
 */
public record Plan(
    Draft draft,
    List<Action> first,
    VirtualMachineStatus status,
    List<Action> actions,
    Optional<Instant> wakeAt) {

  /** The status when the actions came out so. */
  VirtualMachineStatus statusAfter(Outcome outcome) {
    var after = draft.after(outcome);
    return after.equals(draft) ? status : VmStatuses.compose(after);
  }

  /** Whether it is deleted, nothing of it is left and its finalizer may go. */
  boolean cleanedUp() {
    return draft.seen().vm().getMetadata().getDeletionTimestamp() != null
        && draft.observation().sight() == Sight.BARE;
  }
}
