package dev.moult.agent.run;

import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.watch.PodView;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.PodStatus;
import dev.moult.wire.SlotFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pod as its VM's thread knows it: what the API server says, and what the broker says. */
final class PodState {
  private final String uid;
  private @Nullable PodView view;
  private boolean present = true;
  private Stage stage = Stage.UNKNOWN;
  private @Nullable Hello hello;
  private List<SlotFacts> facts = List.of();
  private Event.@Nullable LaunchFailed failure;

  PodState(String uid) {
    this.uid = uid;
  }

  String uid() {
    return uid;
  }

  @Nullable PodView view() {
    return view;
  }

  Stage stage() {
    return stage;
  }

  @Nullable Hello hello() {
    return hello;
  }

  /** What its slots hold, as its launcher said. */
  List<SlotFacts> facts() {
    return facts;
  }

  /** Why it could not do its plan. */
  Event.@Nullable LaunchFailed failure() {
    return failure;
  }

  boolean alive() {
    return stage == Stage.LAUNCHED || stage == Stage.PLANNED;
  }

  /** Whether it is being deleted, or is gone from the API server. */
  boolean leaving() {
    return !present || view != null && view.deleting();
  }

  void seen(PodView now) {
    view = now;
    present = true;
    // An anchor's container may be started again; a VMM's never is.
    if (now.over() && now.role() == dev.moult.wire.Role.VMM && stage != Stage.LAUNCHED) {
      stage = Stage.EXITED;
    }
  }

  void gone() {
    present = false;
  }

  void expected() {
    if (stage == Stage.UNKNOWN) {
      stage = Stage.EXPECTED;
    }
  }

  void planned() {
    stage = Stage.PLANNED;
  }

  void dead() {
    stage = Stage.EXITED;
  }

  void apply(Event event) {
    switch (event) {
      case Event.Dialled dialled -> {
        stage = Stage.DIALLED;
        hello = dialled.hello();
        failure = null;
      }
      case Event.Launched launched -> {
        stage = Stage.LAUNCHED;
        facts = launched.facts();
      }
      case Event.LaunchFailed failed -> {
        stage = Stage.FAILED;
        failure = failed;
      }
      case Event.Exited exited -> {
        // A launcher that failed exits; that it failed says more.
        if (stage != Stage.FAILED) {
          stage = Stage.EXITED;
        }
      }
    }
  }

  /** What a broker that is there (again) says; null: it does not know the pod. */
  void apply(@Nullable PodStatus status) {
    if (status == null) {
      stage = Stage.UNKNOWN;
      return;
    }
    stage =
        switch (status.stage()) {
          case EXPECTED -> Stage.EXPECTED;
          // The broker repeats Dialled, with the hello, for a launcher that waits.
          case DIALLED -> hello == null ? Stage.EXPECTED : Stage.DIALLED;
          case PLANNED -> Stage.PLANNED;
          case LAUNCHED -> Stage.LAUNCHED;
          case EXITED -> stage == Stage.FAILED ? Stage.FAILED : Stage.EXITED;
        };
  }

  Scene.PodSeen seenAs() {
    PodView now = view;
    // One from the journal that neither API server nor broker has named yet is waited for.
    Stage shown = now == null && present && stage == Stage.UNKNOWN ? Stage.EXPECTED : stage;
    return new Scene.PodSeen(
        uid, present, now != null && now.deleting(), shown, now == null ? null : now.updateUid());
  }
}
