package dev.moult.agent.run;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.SuspendRecord;
import dev.moult.agent.run.Scene.PodSeen;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.api.v1alpha1.GuestState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What to do next for a guest that is being put aside, lies aside or is taken up again. Pure. */
final class AsidePlanner {
  private AsidePlanner() {}

  /** Whether no QEMU has the guest, whatever pods there are. */
  static boolean isAside(RunRecord run) {
    SuspendRecord suspend = run.suspend();
    return suspend != null && suspend.isAside();
  }

  /** Whether a guest that runs may be put aside: its RAM stays where it is only in an anchor. */
  static boolean mayBegin(Scene scene, RunRecord run) {
    return run.guest().state() == GuestState.RUNNING && anchorHolds(scene);
  }

  /** With the anchor's process the RAM of a guest is gone that no QEMU has. */
  static Optional<Step> lost(Scene scene) {
    RunRecord run = scene.run();
    PodSeen anchor = scene.anchor();
    if (run == null || !isAside(run) || run.guest().ended() || anchor == null) {
      return Optional.empty();
    }
    boolean held = scene.inCharge().filter(AsidePlanner::lives).isPresent();
    boolean dead =
        anchor.stage() == Stage.DIALLED
            || anchor.stage() == Stage.EXITED
            || anchor.stage() == Stage.FAILED;
    return dead && !held && anchor.uid().equals(run.anchorPodUid())
        ? Optional.of(new Step.LoseAside())
        : Optional.empty();
  }

  static Optional<Step> next(Scene scene) {
    RunRecord run = scene.run();
    SuspendRecord suspend = run == null ? null : run.suspend();
    if (run == null || suspend == null || run.guest().ended()) {
      return Optional.empty();
    }
    @Nullable PodSeen vmm = scene.inCharge().orElse(null);
    boolean lives = vmm != null && lives(vmm);
    return switch (suspend.step()) {
      case SAVING -> lives ? asked(scene, new Step.KeepRunning()) : Optional.empty();
      case SAVED -> saved(scene, run);
      case LOADING -> loading(scene, vmm);
      case CONSUMED -> lives ? asked(scene, new Step.GoOnTakenUp()) : Optional.empty();
      case FAILED ->
          scene.wish() != null && scene.wish().aside() == Scene.Aside.NO
              ? Optional.of(new Step.ForgetSuspend())
              : Optional.empty();
      case OVER -> Optional.empty();
    };
  }

  private static Optional<Step> saved(Scene scene, RunRecord run) {
    if (run.vmm() != null || run.guest().state() != GuestState.SUSPENDED) {
      // Until the anchor holds the RAM again, the QEMU that saved is all that does.
      return anchorHolds(scene) ? Optional.of(new Step.PutAside()) : Optional.empty();
    }
    if (!scene.ownRun() || !anchorHolds(scene) || !isWished(scene)) {
      return Optional.empty();
    }
    return scene.vmms().stream()
        .filter(pod -> pod.stage() == Stage.DIALLED && !pod.deleting() && pod.updateUid() == null)
        .findFirst()
        .map(pod -> new Step.TakeUp(pod.uid()));
  }

  private static Optional<Step> loading(Scene scene, @Nullable PodSeen vmm) {
    if (vmm == null || vmm.deleting() || !isWished(scene) || !anchorHolds(scene)) {
      return Optional.of(new Step.LeaveAside());
    }
    return switch (vmm.stage()) {
      case LAUNCHED -> asked(scene, new Step.Load());
      // A broker that was started anew learns of it.
      case PLANNED, EXPECTED, UNKNOWN -> Optional.empty();
      // Its plan was never sent, or it is dead.
      case DIALLED, EXITED, FAILED -> Optional.of(new Step.LeaveAside());
    };
  }

  private static Optional<Step> asked(Scene scene, Step step) {
    return Optional.of(scene.monitored() ? step : new Step.Dial());
  }

  /** Nobody can tell: what was begun goes on. */
  private static boolean isWished(Scene scene) {
    Scene.Wish wish = scene.wish();
    return wish == null || !wish.stopped() && wish.aside() == Scene.Aside.NO;
  }

  private static boolean anchorHolds(Scene scene) {
    PodSeen anchor = scene.anchor();
    return anchor != null
        && anchor.present()
        && !anchor.deleting()
        && anchor.stage() == Stage.LAUNCHED;
  }

  private static boolean lives(PodSeen pod) {
    return pod.stage() == Stage.LAUNCHED || pod.stage() == Stage.PLANNED;
  }
}
