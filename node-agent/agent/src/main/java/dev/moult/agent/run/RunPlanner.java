package dev.moult.agent.run;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Scene.PodSeen;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.api.v1alpha1.GuestState;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What to do next for a VM: a pure function, asked again after every step. */
public final class RunPlanner {
  private RunPlanner() {}

  /** The next step. */
  public static Step next(Scene scene) {
    if (!scene.brokerUp()) {
      return new Step.Rest();
    }
    if (scene.unsettled()) {
      return new Step.Settle();
    }
    return bookkeeping(scene)
        .or(() -> AsidePlanner.lost(scene))
        .or(() -> anchor(scene))
        .or(() -> unheard(scene))
        .or(() -> AsidePlanner.next(scene))
        .or(() -> inCharge(scene))
        .or(() -> start(scene))
        .or(() -> update(scene))
        .or(() -> leftovers(scene))
        .or(() -> tidyUp(scene))
        .orElse(new Step.Rest());
  }

  private static Optional<Step> bookkeeping(Scene scene) {
    for (PodSeen pod : pods(scene)) {
      if (pod.present() && pod.stage() == Stage.UNKNOWN && !pod.deleting()) {
        return Optional.of(new Step.Expect(pod.uid()));
      }
    }
    for (PodSeen pod : pods(scene)) {
      boolean alive = pod.stage() == Stage.LAUNCHED || pod.stage() == Stage.PLANNED;
      if (!pod.present() && !alive && !awaitsRecord(scene, pod)) {
        return Optional.of(new Step.Forget(pod.uid()));
      }
    }
    return Optional.empty();
  }

  private static Iterable<PodSeen> pods(Scene scene) {
    var all = new java.util.ArrayList<>(scene.vmms());
    PodSeen anchor = scene.anchor();
    if (anchor != null) {
      all.add(anchor);
    }
    return all;
  }

  /** The end of the QEMU in charge is recorded before its pod is forgotten. */
  private static boolean awaitsRecord(Scene scene, PodSeen pod) {
    RunRecord run = scene.run();
    return run != null && scene.isInCharge(pod) && !run.guest().ended();
  }

  private static Optional<Step> anchor(Scene scene) {
    PodSeen anchor = scene.anchor();
    if (anchor == null || anchor.stage() != Stage.DIALLED || anchor.deleting()) {
      return Optional.empty();
    }
    RunRecord run = scene.run();
    boolean planned =
        run != null
            && run.anchorPodUid().equals(anchor.uid())
            && run.anchorPlanned()
            && run.ramInode() != 0;
    if (!planned || run == null || run.vmm() == null) {
      return scene.ownRun() ? Optional.of(new Step.PlanAnchor(anchor.uid())) : Optional.empty();
    }
    // Its container died under the guest. It allocates nothing: a dead guest's run is over.
    return scene
        .inCharge()
        .filter(vmm -> vmm.stage() == Stage.LAUNCHED)
        .map(vmm -> new Step.AdoptAnchor(anchor.uid(), vmm.uid()));
  }

  /** Between an anchor's launch and its record an agent died, or a broker. */
  private static Optional<Step> unheard(Scene scene) {
    PodSeen anchor = scene.anchor();
    RunRecord run = scene.run();
    return anchor != null
            && anchor.stage() == Stage.LAUNCHED
            && !anchor.deleting()
            && scene.ownRun()
            && run != null
            && run.anchorPodUid().equals(anchor.uid())
            && run.ramInode() == 0
            && run.vmm() == null
        ? Optional.of(new Step.AskAnchor(anchor.uid()))
        : Optional.empty();
  }

  private static Optional<Step> inCharge(Scene scene) {
    RunRecord run = scene.run();
    if (run == null || run.vmm() == null || AsidePlanner.isAside(run)) {
      return Optional.empty();
    }
    PodSeen vmm = scene.inCharge().orElse(null);
    if (vmm == null || vmm.stage() == Stage.EXITED || vmm.stage() == Stage.FAILED) {
      return run.guest().ended() ? Optional.empty() : Optional.of(new Step.RecordExit());
    }
    if (vmm.stage() != Stage.LAUNCHED) {
      return Optional.empty();
    }
    if (run.guest().ended()) {
      return Optional.of(new Step.Kill(vmm.uid()));
    }
    if (stopWanted(scene, vmm)) {
      return stop(scene, run, vmm);
    }
    if (!scene.monitored()) {
      return Optional.of(new Step.Dial());
    }
    return run.vmm().resumed() ? asWished(scene, run) : resume(scene, run);
  }

  /** A guest that is to start paused waits there until it may run. */
  private static Optional<Step> resume(Scene scene, RunRecord run) {
    Scene.Wish wish = scene.wish();
    boolean waits = run.guest().pausedByUser() && (wish == null || wish.paused());
    return waits ? Optional.empty() : Optional.of(new Step.Resume());
  }

  /** A guest that a fault has stopped is not let go on here, but it can be reset. */
  private static Optional<Step> asWished(Scene scene, RunRecord run) {
    Scene.Wish wish = scene.wish();
    GuestState state = run.guest().state();
    if (wish == null || state != GuestState.RUNNING && state != GuestState.PAUSED) {
      return Optional.empty();
    }
    if (wish.aside() == Scene.Aside.NOW && AsidePlanner.mayBegin(scene, run)) {
      return Optional.of(new Step.Suspend());
    }
    Instant reset = wish.resetAt();
    if (reset != null && !run.served(reset)) {
      return Optional.of(new Step.Reset(reset));
    }
    if (wish.paused()) {
      return state == GuestState.RUNNING ? Optional.of(new Step.Pause()) : Optional.empty();
    }
    return run.guest().pausedByUser() ? Optional.of(new Step.GoOn()) : Optional.empty();
  }

  private static Optional<Step> stop(Scene scene, RunRecord run, PodSeen vmm) {
    RunRecord.VmmRecord record = run.vmm();
    if (scene.graceOver() || record == null || !record.resumed()) {
      return Optional.of(new Step.Kill(vmm.uid()));
    }
    if (!scene.monitored()) {
      return Optional.of(new Step.Dial());
    }
    if (run.guest().pausedByUser()) {
      return Optional.of(new Step.GoOn()); // it cannot heed the power button as it stands
    }
    if (scene.mayAskAgent()) {
      return Optional.of(new Step.AskAgent());
    }
    return scene.powerdownSent() ? Optional.empty() : Optional.of(new Step.PowerDown());
  }

  private static boolean stopWanted(Scene scene, PodSeen vmm) {
    PodSeen anchor = scene.anchor();
    return vmm.deleting() || anchor == null || anchor.deleting() || !anchor.present();
  }

  private static Optional<Step> start(Scene scene) {
    RunRecord run = scene.run();
    PodSeen anchor = scene.anchor();
    if (!scene.ownRun()
        || run == null
        || !mayStart(scene, run)
        || anchor == null
        || anchor.stage() != Stage.LAUNCHED
        || anchor.deleting()
        || run.ramInode() == 0) {
      return Optional.empty();
    }
    return scene.vmms().stream()
        .filter(pod -> pod.stage() == Stage.DIALLED && !pod.deleting() && pod.updateUid() == null)
        .findFirst()
        .map(
            pod -> run.isCrashed() ? new Step.StartAgain(pod.uid()) : new Step.StartVmm(pod.uid()));
  }

  /**
   * No QEMU of this run has ever run the guest, and none is about to; or the last one died under
   * it.
   */
  private static boolean mayStart(Scene scene, RunRecord run) {
    RunRecord.VmmRecord vmm = run.vmm();
    Scene.Wish wish = scene.wish();
    if (run.isSuspending()) {
      return false; // it is taken up, not started
    }
    if (vmm == null) {
      return true;
    }
    Stage stage = scene.inCharge().map(PodSeen::stage).orElse(Stage.EXITED);
    boolean dead = stage == Stage.EXITED || stage == Stage.FAILED;
    boolean again = run.isCrashed() && (wish == null || !wish.stopped());
    return dead && (!vmm.resumed() || again);
  }

  private static Optional<Step> update(Scene scene) {
    Scene.UpdateSeen update = scene.update();
    if (update == null) {
      return Optional.empty();
    }
    if (update.begun()) {
      return lostWithTheNode(scene, update);
    }
    if (update.cancelled()) {
      return Optional.of(new Step.GiveUp(update.uid(), Step.Why.CANCELLED));
    }
    RunRecord run = scene.run();
    if (run != null && run.isSuspending()) {
      return Optional.of(new Step.GiveUp(update.uid(), Step.Why.GUEST_SUSPENDED));
    }
    if (run == null || run.vmm() == null || run.guest().ended()) {
      return Optional.of(new Step.GiveUp(update.uid(), Step.Why.GUEST_ENDED));
    }
    Scene.Wish wish = scene.wish();
    if (wish != null && wish.stopped()) {
      return Optional.of(new Step.GiveUp(update.uid(), Step.Why.GUEST_STOPS));
    }
    PodSeen pod = newVmm(scene, update.uid());
    if (pod != null && pod.stage() == Stage.DIALLED && scene.monitored()) {
      return Optional.of(new Step.Conduct(update.uid(), pod.uid()));
    }
    if (update.expired()) {
      return Optional.of(new Step.GiveUp(update.uid(), Step.Why.TIMED_OUT));
    }
    return pod != null && cannotRun(pod)
        ? Optional.of(new Step.GiveUp(update.uid(), Step.Why.VMM_FAILED))
        : Optional.empty();
  }

  private static boolean cannotRun(PodSeen pod) {
    return switch (pod.stage()) {
      case EXITED, FAILED -> true;
      // Deleted before its launcher dialled: the kubelet starts it no more.
      case UNKNOWN, EXPECTED -> pod.deleting();
      case DIALLED, PLANNED, LAUNCHED -> false;
    };
  }

  /** With the journal gone no QEMU is known to have lived, and the kubelet says that B does not. */
  private static Optional<Step> lostWithTheNode(Scene scene, Scene.UpdateSeen update) {
    RunRecord run = scene.run();
    PodSeen pod = newVmm(scene, update.uid());
    boolean dead = pod == null || !pod.present() || pod.stage() == Stage.EXITED;
    return dead && (run == null || run.vmm() == null)
        ? Optional.of(new Step.GiveUp(update.uid(), Step.Why.JOURNAL_LOST))
        : Optional.empty();
  }

  private static @Nullable PodSeen newVmm(Scene scene, String updateUid) {
    return scene.vmms().stream()
        .filter(pod -> updateUid.equals(pod.updateUid()))
        .findFirst()
        .orElse(null);
  }

  private static Optional<Step> tidyUp(Scene scene) {
    PodSeen anchor = scene.anchor();
    return scene.untidy()
            && anchor != null
            && !anchor.deleting()
            && anchor.stage() == Stage.LAUNCHED
        ? Optional.of(new Step.TidyUp())
        : Optional.empty();
  }

  private static Optional<Step> leftovers(Scene scene) {
    RunRecord run = scene.run();
    if (run != null && run.vmm() != null) {
      for (PodSeen pod : scene.vmms()) {
        if (pod.deleting() && pod.stage() == Stage.LAUNCHED && !scene.isInCharge(pod)) {
          return Optional.of(new Step.Kill(pod.uid()));
        }
      }
    }
    PodSeen anchor = scene.anchor();
    if (anchor != null
        && anchor.deleting()
        && anchor.stage() == Stage.LAUNCHED
        && !scene.anyVmmAlive()) {
      return Optional.of(new Step.Kill(anchor.uid()));
    }
    boolean nothingLeft = anchor == null && scene.vmms().isEmpty();
    return nothingLeft && run != null ? Optional.of(new Step.CleanUp()) : Optional.empty();
  }
}
