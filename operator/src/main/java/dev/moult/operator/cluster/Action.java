package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.allowance.Question;
import dev.moult.operator.pod.ProofOfDeath;
import dev.moult.operator.pod.UserMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** One change that a plan asks for. Each is safe to repeat after a crash. */
public sealed interface Action {

  /** Make the disruption budget so. */
  record ApplyBudget(PodDisruptionBudget budget) implements Action {}

  /** Create a pod, unless it is there; a foreign one of that name is never adopted. */
  record CreatePod(Pod pod) implements Action {}

  /**
   * Do nothing more for now: something must change first. Nobody tells of that, so it is looked
   * for.
   */
  record HoldBack(Trouble trouble) implements Action {}

  /**
   * Delete this very pod (its uid is checked by a live read, its resource version is the
   * precondition).
   *
   * @param grace how long its container may take; empty for the pod's own grace period
   * @param proviso what a live read must show before
   * @param proof that nothing runs in it any more: then nothing holds its object either
   */
  record DeletePod(Pod pod, Optional<Duration> grace, Proviso proviso, Optional<ProofOfDeath> proof)
      implements Action {

    /** A deletion without a proof: the finalizer holds the object until there is one. */
    public static DeletePod within(Pod pod, Duration grace, Proviso proviso) {
      return new DeletePod(pod, Optional.of(grace), proviso, Optional.empty());
    }
  }

  /** Let go of a deleted pod, in this very version, that is proved dead. */
  record ReleasePod(Pod pod, ProofOfDeath proof) implements Action {}

  /** Set the anchor's readiness gate. */
  record SetGuestGate(Pod anchor, boolean running) implements Action {}

  /** Change the user's labels and annotations on the running anchor. */
  record Relabel(Pod anchor, UserMetadata.Change change) implements Action {}

  /** Ask for another CPU request in place. */
  record ResizeCpu(Pod pod, Quantity cpu) implements Action {}

  /** Create an automatic LiveUpdate, if the brakes let it pass. */
  record CreateUpdate(LiveUpdate update, String node) implements Action {}

  /** Delete a LiveUpdate whose time after its end is over. */
  record DeleteUpdate(LiveUpdate update) implements Action {}

  /**
   * Find out by a dry run whether the API server would take the VMM pod of a live update, if that
   * may have changed and the turn has come.
   *
   * @param vmUid whose pod it is
   * @param question all that the answer depends on
   * @param full the pod with all its CPU
   * @param tiny the pod that an update falls back to
   */
  record AskForRoom(String vmUid, Question question, Pod full, Pod tiny) implements Action {}

  /** What a live read must show before a pod is deleted: a cache may be late. */
  sealed interface Proviso {
    /** Nothing: the run is over, whatever the pod holds. */
    record None() implements Proviso {}

    /**
     * The pod is the loser of this handoff, by the agent's verdict or because it never ran.
     *
     * @param now by the clock that the update is reckoned with
     */
    record Loser(LiveUpdate update, Instant now) implements Proviso {}

    /** The guest is put aside, and this pod is not the one that takes it up. */
    record Aside(VirtualMachine vm) implements Proviso {}

    /** The agent names another pod as the guest's, and no LiveUpdate under way names this one. */
    record Stray(VirtualMachine vm) implements Proviso {}
  }

  /**
   * What came of a list of actions.
   *
   * @param trouble what was not let be done
   * @param braked whether a LiveUpdate waits for others
   * @param reply to the question for room
   */
  record Outcome(Optional<Trouble> trouble, boolean braked, Reply reply) {
    /** All was done. */
    public static final Outcome DONE = new Outcome(Optional.empty(), false, new Reply.Known());
  }

  /** What is known now of the VMM pod of a live update. */
  sealed interface Reply {
    /** What was known before. */
    record Known() implements Reply {}

    /** What was known before; it is to be asked again, at this time. */
    record Later(Instant at) implements Reply {}

    /** What the API server said now. */
    record Answer(Optional<Trouble> refusal) implements Reply {}
  }

  /**
   * The API server does not let an action be done; trying again helps only once something changed.
   *
   * @param reason Moult's reason
   * @param message what the API server said
   */
  record Trouble(Reason reason, String message) {}
}
