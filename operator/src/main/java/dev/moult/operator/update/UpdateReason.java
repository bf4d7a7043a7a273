package dev.moult.operator.update;

import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.operator.pod.PodFacts;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a LiveUpdate is where it is.
 *
 * @param reason in one word
 * @param message for people
 */
record UpdateReason(String reason, @Nullable String message) {

  static UpdateReason of(UpdateDraft draft) {
    return switch (draft.state()) {
      case PENDING -> seen(draft).orElse(of(Reason.PROGRESSING, "it is to begin"));
      case PREPARING -> seen(draft).orElse(of(Reason.PREPARING, "the new VMM pod starts"));
      case CHECKING ->
          silent(draft).orElse(of(Reason.CHECKING, "the new VMM runs; the node agent checks it"));
      case TRANSFERRING ->
          silent(draft).orElse(of(Reason.TRANSFERRING, "the guest goes to the new VMM"));
      case COMMITTING ->
          draft.observation().cpuRestored()
              ? of(Reason.COMMITTING, "the guest runs on the new VMM; the old pod goes")
              : of(Reason.CPU_PENDING, cpuMessage(draft));
      case COMPLETED -> of(Reason.COMPLETED, completed(draft));
      case ROLLED_BACK ->
          podProblemAtTimeout(draft).or(() -> byAgent(draft)).orElseGet(() -> rolledBack(draft));
      case REFUSED -> byAgent(draft).orElseGet(() -> refused(draft));
      case FAILED -> byAgent(draft).orElseGet(() -> failed(draft));
    };
  }

  /** Only the agent may decide, and it does not speak. */
  private static Optional<UpdateReason> silent(UpdateDraft draft) {
    var node = Optional.ofNullable(draft.old()).map(LiveUpdateStatus::nodeName).orElse("");
    if (draft.seen().node().lost()) {
      return Optional.of(
          of(
              Reason.NODE_LOST,
              "node "
                  + node
                  + " does not answer; the update ends there without it, its result is told when the"
                  + " node is back"));
    }
    return draft.observation().overdue()
        ? Optional.of(
            of(
                Reason.AGENT_LOST,
                "no verdict half a minute after the time was over, and only the agent may decide:"
                    + " see the moult-node-agent pod of node "
                    + node))
        : Optional.empty();
  }

  /** What the kubelet says about a resize that it has not done. */
  static String cpuMessage(UpdateDraft draft) {
    return draft
        .observation()
        .newPod()
        .flatMap(pod -> PodFacts.condition(pod, "PodResizePending"))
        .map(c -> "the resize is pending: " + c.getReason() + ": " + c.getMessage())
        .orElse("the new VMM pod was resized; the kubelet has not done it yet");
  }

  private static String completed(UpdateDraft draft) {
    var old = draft.old();
    var handoff = old == null ? null : old.handoff();
    var now =
        draft.seen().guestStopped()
                || draft.observation().newPod().filter(PodFacts::ended).isPresent()
            ? "the guest has stopped, after it went to "
            : draft.seen().guestPaused() ? "the guest is paused, on " : "the guest runs on ";
    return old == null || handoff == null || old.pause() == null
        ? now + "the new VMM"
        : "%sQEMU %s, before on %s; it stood still for %s"
            .formatted(now, handoff.toQemuVersion(), handoff.fromQemuVersion(), old.pause());
  }

  private static UpdateReason of(Reason reason, @Nullable String message) {
    return new UpdateReason(reason.value(), message);
  }

  private static Optional<UpdateReason> seen(UpdateDraft draft) {
    return draft.observation().why().map(why -> of(why.reason(), why.message()));
  }

  private static Optional<UpdateReason> byAgent(UpdateDraft draft) {
    return Optional.ofNullable(draft.old())
        .map(LiveUpdateStatus::handoff)
        .filter(handoff -> handoff.verdict() != null)
        .flatMap(handoff ->
            Optional.ofNullable(handoff.reason())
                .map(reason -> new UpdateReason(reason, handoff.message())))
        .filter(reason -> !isLateFailure(draft));
  }

  /** A verdict Commit says nothing about the new VMM's death after it. */
  private static boolean isLateFailure(UpdateDraft draft) {
    return draft.observation().sight() == UpdateSight.LOST_AFTER_COMMIT;
  }

  /** The agent can only say that nobody dialled in time; the pod says why. */
  private static Optional<UpdateReason> podProblemAtTimeout(UpdateDraft draft) {
    return byAgent(draft)
        .filter(agent -> agent.reason().equals(Reason.TIMED_OUT.value()))
        .filter(agent -> draft.observation().newPod().filter(PodFacts::everRan).isEmpty())
        .flatMap(agent -> givenUp(draft));
  }

  private static Optional<UpdateReason> givenUp(UpdateDraft draft) {
    var timeout = draft.seen().update().getSpec().timeout();
    return seen(draft)
        .map(r -> new UpdateReason(r.reason(), r.message() + " (given up after " + timeout + ")"));
  }

  private static UpdateReason failed(UpdateDraft draft) {
    if (draft.seen().node().outOfService()) {
      return of(Reason.NODE_OUT_OF_SERVICE, "the node went out of service, and the guest with it");
    }
    return isLateFailure(draft)
        ? of(
            Reason.VMM_EXITED,
            "the new VMM died after the guest was handed to it"
                + seen(draft).map(r -> ": " + r.message()).orElse(""))
        : of(Reason.GUEST_LOST, "both old and new VMM pod have ended");
  }

  private static UpdateReason rolledBack(UpdateDraft draft) {
    var timeout = draft.seen().update().getSpec().timeout();
    if (draft.observation().expired()) {
      return givenUp(draft).orElse(of(Reason.TIMED_OUT, "no verdict within " + timeout));
    }
    if (draft.seen().update().getMetadata().getDeletionTimestamp() != null) {
      return of(Reason.CANCELLED, "deleted before the new VMM pod ran");
    }
    return of(Reason.GUEST_ENDED, "the guest ended, or is to stop");
  }

  private static UpdateReason refused(UpdateDraft draft) {
    if (draft.seen().update().getMetadata().getDeletionTimestamp() != null) {
      return of(Reason.CANCELLED, "deleted before it began");
    }
    return draft.observation().sight() == UpdateSight.CLEAR || seen(draft).isEmpty()
        ? of(Reason.TIMED_OUT, "waited too long for its turn")
        : seen(draft).get();
  }
}
