package dev.moult.agent.run;

import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.watch.PodView;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pod as its VM's thread knows it: what the API server says, and what the broker says. */
final class PodState {
  /** A little before the kubelet's own kill, so that the reason can be recorded. */
  private static final Duration BEFORE_KUBELET = Duration.ofMillis(500);

  private final String uid;
  private @Nullable PodView view;
  private @Nullable Role role;
  private boolean present = true;
  private Stage stage = Stage.UNKNOWN;
  private @Nullable Hello hello;
  private List<SlotFacts> facts = List.of();
  private Event.@Nullable LaunchFailed failure;
  private boolean graceRuns;
  private long graceEndNanos;
  private long graceHalfNanos;

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

  void seen(PodView now, Instant at) {
    PodView before = view;
    view = now;
    role = now.role();
    present = true;
    if (isOver() && stage != Stage.LAUNCHED) {
      stage = Stage.EXITED;
    }
    if (before == null || !Objects.equals(before.deletedAt(), now.deletedAt())) {
      startGrace(now, at);
    }
  }

  /** Once for each deletion: a clock that is set later does not touch it. */
  private void startGrace(PodView view, Instant at) {
    Instant deletedAt = view.deletedAt();
    if (deletedAt == null) {
      return;
    }
    Duration left = Duration.between(at, deletedAt).minus(BEFORE_KUBELET);
    long most = Duration.ofSeconds(view.graceSeconds()).toNanos();
    long now = System.nanoTime();
    long grace = Math.clamp(left.toNanos(), 0, most);
    graceEndNanos = now + grace;
    graceHalfNanos = now + grace / 2;
    graceRuns = true;
  }

  /** Whether it was deleted, and its time to end is not over. */
  boolean graceRuns() {
    return graceRuns && !graceOver();
  }

  /** Whether it was deleted and has had its time to end. */
  boolean graceOver() {
    return graceRuns && System.nanoTime() - graceEndNanos >= 0;
  }

  /** Whether it was deleted and has had half of its time to end. */
  boolean graceHalfOver() {
    return graceRuns && System.nanoTime() - graceHalfNanos >= 0;
  }

  /** Nanoseconds until half of its time to end is over. */
  long halfGraceLeftNanos() {
    return graceHalfNanos - System.nanoTime();
  }

  /** Nanoseconds until its time to end is over. */
  long graceLeftNanos() {
    return graceEndNanos - System.nanoTime();
  }

  /** Whether the kubelet says so for good: an anchor's container may be started again. */
  private boolean isOver() {
    PodView now = view;
    return now != null && now.over() && now.role() == Role.VMM;
  }

  /** The broker had it from an earlier agent. */
  void remembered(Role as, boolean mayExist) {
    role = as;
    present = mayExist;
  }

  /** What it is there for; null while only the journal has named it. */
  @Nullable Role role() {
    return role;
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
      case Event.OfMemory beside -> {} // the anchor's own process is as it was
    }
  }

  /** What a broker that is there (again) says; null: it does not know the pod. */
  void apply(@Nullable PodStatus status) {
    if (status == null) {
      stage = isOver() ? Stage.EXITED : Stage.UNKNOWN;
      return;
    }
    stage =
        switch (status.stage()) {
          case EXPECTED -> isOver() ? Stage.EXITED : Stage.EXPECTED;
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
