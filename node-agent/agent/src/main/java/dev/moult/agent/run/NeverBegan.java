package dev.moult.agent.run;

import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.wire.Event;
import java.util.Optional;
import java.util.Set;

/**
 * What is said of an update that ends before its handoff began.
 *
 * @param update the LiveUpdate
 * @param why what ended it
 * @param target its new VMM; empty when no pod of it was seen
 */
record NeverBegan(LiveUpdate update, Step.Why why, Optional<PodState> target) {
  private static final Set<String> IMAGE_TROUBLE =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable");

  Reason reason() {
    return switch (why) {
      case CANCELLED, GUEST_STOPS -> Reason.CANCELLED;
      case GUEST_SUSPENDED -> Reason.SUSPENDED;
      case GUEST_ENDED -> Reason.GUEST_ENDED;
      case JOURNAL_LOST -> Reason.GUEST_LOST;
      case TIMED_OUT ->
          waiting().filter(w -> IMAGE_TROUBLE.contains(w.reason())).isPresent()
              ? Reason.IMAGE_PULL_FAILED
              : Reason.TIMED_OUT;
      case VMM_FAILED -> failure().map(LaunchFailure::reason).orElse(Reason.VMM_POD_FAILED);
    };
  }

  String message() {
    return switch (why) {
      case CANCELLED -> "The LiveUpdate was deleted before its handoff began.";
      case GUEST_STOPS -> "The guest is to stop, and its handoff had not begun.";
      case GUEST_SUSPENDED ->
          "The guest is put aside, as spec.power says; it goes on under the QEMU of the spec.";
      case GUEST_ENDED -> "The guest ended before the handoff began.";
      case JOURNAL_LOST -> "The node was started anew while the guest was handed over.";
      case TIMED_OUT ->
          "No verdict within %s; %s did not start%s."
              .formatted(
                  update.getSpec().timeout(),
                  pod(),
                  waiting()
                      .map(w ->
                          ": " + w.reason() + (w.message().isBlank() ? "" : ": " + w.message()))
                      .orElse(""));
      case VMM_FAILED ->
          failure()
              .map(Event.LaunchFailed::message)
              .orElseGet(() ->
                  "%s ended before its QEMU was launched (%s).".formatted(pod(), reason().value()));
    };
  }

  private String pod() {
    return target.map(PodState::view).map(view -> "pod " + view.name()).orElse("the new VMM pod");
  }

  private Optional<PodView.Waiting> waiting() {
    return target.map(PodState::view).map(PodView::waiting);
  }

  private Optional<Event.LaunchFailed> failure() {
    return target.map(PodState::failure);
  }
}
