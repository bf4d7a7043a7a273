package dev.moult.operator.update;

import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.operator.cluster.Action;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done about a LiveUpdate.
 *
 * @param draft what its status is composed from
 * @param status the operator's part of the status, recorded before anything is done
 * @param actions what is to be done then, in order
 * @param wakeAt when to look again if nothing happens
 * @param sure false while an update that has ended must not be forgotten yet, as it is not sure
 *     that its new pod was never used
 */
record UpdatePlan(
    UpdateDraft draft,
    LiveUpdateStatus status,
    List<Action> actions,
    Optional<Instant> wakeAt,
    boolean sure) {

  /** Whether it ends with this plan. */
  boolean ends() {
    return draft.state().terminal() && !draft.before().terminal();
  }

  /** Whether it ends it before its start, as nothing could come of it. */
  boolean pointless() {
    return ends() && draft.observation().sight() == UpdateSight.POINTLESS;
  }

  /** Whether the new VMM pod is to be created. */
  boolean creates() {
    return actions.stream().anyMatch(a -> a instanceof Action.CreatePod);
  }
}
