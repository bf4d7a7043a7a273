package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Scene.PodSeen;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.run.Scene.UpdateSeen;
import dev.moult.api.v1alpha1.GuestState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunPlannerTest {
  private static final String NEW = "33333333-5a3b-4a52-9d5e-0a4d2f9a7c11";
  private static final String UPDATE = "44444444-5a3b-4a52-9d5e-0a4d2f9a7c11";

  private static final Instant RESET = Instant.parse("2026-01-01T12:00:00Z");

  private static PodSeen pod(String uid, Stage stage) {
    return new PodSeen(uid, true, false, stage, null);
  }

  private static PodSeen leaving(String uid, Stage stage) {
    return new PodSeen(uid, true, true, stage, null);
  }

  private static PodSeen gone(String uid, Stage stage) {
    return new PodSeen(uid, false, true, stage, null);
  }

  private static PodSeen incoming(Stage stage) {
    return new PodSeen(NEW, true, false, stage, UPDATE);
  }

  private static RunRecord unstarted() {
    return Specs.run(GuestState.STARTING, false).withVmm(null);
  }

  private static RunRecord running() {
    return Specs.run(GuestState.RUNNING, true);
  }

  private static RunRecord ended() {
    return running().withGuest(new GuestRecord(GuestState.STOPPED, "GuestPoweredOff", "off", 1));
  }

  private static Scene scene(
      @Nullable PodSeen anchor, List<PodSeen> vmms, @Nullable RunRecord run, boolean monitored) {
    return new Scene(
        true, true, anchor, vmms, run, monitored, false, false, false, false, null, false, null);
  }

  private static Scene with(Scene scene, @Nullable UpdateSeen update) {
    return new Scene(
        scene.brokerUp(),
        scene.ownRun(),
        scene.anchor(),
        scene.vmms(),
        scene.run(),
        scene.monitored(),
        scene.powerdownSent(),
        scene.graceOver(),
        scene.unsettled(),
        scene.untidy(),
        update,
        scene.mayAskAgent(),
        scene.wish());
  }

  @Test
  void goesThroughAStart() {
    PodSeen vmmDialled = pod(Specs.VMM, Stage.DIALLED);

    assertNext(
        scene(pod(Specs.ANCHOR, Stage.UNKNOWN), List.of(), null, false),
        new Step.Expect(Specs.ANCHOR));
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.EXPECTED), List.of(vmmDialled), null, false),
        new Step.Rest());
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.DIALLED), List.of(vmmDialled), null, false),
        new Step.PlanAnchor(Specs.ANCHOR));
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.PLANNED), List.of(vmmDialled), unstarted(), false),
        new Step.Rest());
    assertNext(
        scene(
            pod(Specs.ANCHOR, Stage.LAUNCHED),
            List.of(vmmDialled),
            unstarted().withRamInode(0),
            false),
        new Step.AskAnchor(Specs.ANCHOR));
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.LAUNCHED), List.of(vmmDialled), unstarted(), false),
        new Step.StartVmm(Specs.VMM));
    List<PodSeen> launched = List.of(pod(Specs.VMM, Stage.LAUNCHED));
    RunRecord started = Specs.run(GuestState.STARTING, false);
    assertNext(scene(pod(Specs.ANCHOR, Stage.LAUNCHED), launched, started, false), new Step.Dial());
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.LAUNCHED), launched, started, true), new Step.Resume());
    assertNext(
        scene(pod(Specs.ANCHOR, Stage.LAUNCHED), launched, running(), true), new Step.Rest());
  }

  private static Scene wishing(RunRecord run, boolean paused, @Nullable Instant resetAt) {
    return new Scene(
        true,
        true,
        pod(Specs.ANCHOR, Stage.LAUNCHED),
        List.of(pod(Specs.VMM, Stage.LAUNCHED)),
        run,
        true,
        false,
        false,
        false,
        false,
        null,
        false,
        new Scene.Wish(false, paused, Scene.Aside.NO, resetAt));
  }

  private static Scene toStop(List<PodSeen> vmms) {
    return new Scene(
        true,
        true,
        pod(Specs.ANCHOR, Stage.LAUNCHED),
        vmms,
        running(),
        true,
        false,
        false,
        false,
        false,
        null,
        false,
        new Scene.Wish(true, false, Scene.Aside.NO, null));
  }

  private static RunRecord paused(boolean resumed) {
    return Specs.run(GuestState.STARTING, resumed).withGuest(GuestRecord.pausedByUser(1));
  }

  private static RunRecord stoppedByADisk() {
    return running().withGuest(new GuestRecord(GuestState.PAUSED, "DiskError", "full", 1));
  }

  @Test
  void pausesAndLetsGoOnAsWished() {
    assertNext(wishing(running(), true, null), new Step.Pause());
    assertNext(wishing(running(), false, null), new Step.Rest());
    assertNext(wishing(paused(true), true, null), new Step.Rest());
    assertNext(wishing(paused(true), false, null), new Step.GoOn());
    // A fault's pause is not the owner's: neither made nor ended here.
    assertNext(wishing(stoppedByADisk(), true, null), new Step.Rest());
    assertNext(wishing(stoppedByADisk(), false, null), new Step.Rest());
    assertNext(wishing(ended(), true, null), new Step.Kill(Specs.VMM));
  }

  @Test
  void aGuestThatStartsPausedWaitsForItsFirstStep() {
    RunRecord waiting = paused(false);
    PodSeen anchor = pod(Specs.ANCHOR, Stage.LAUNCHED);
    List<PodSeen> vmms = List.of(pod(Specs.VMM, Stage.LAUNCHED));

    assertNext(wishing(waiting, true, null), new Step.Rest());
    assertNext(wishing(waiting, true, RESET), new Step.Rest());
    assertNext(scene(anchor, vmms, waiting, true), new Step.Rest()); // nobody can tell
    assertNext(wishing(waiting, false, null), new Step.Resume());
    assertNext(
        scene(anchor, List.of(leaving(Specs.VMM, Stage.LAUNCHED)), waiting, true),
        new Step.Kill(Specs.VMM));
  }

  @Test
  void aPausedGuestGoesOnBeforeItIsPoweredDown() {
    PodSeen anchor = pod(Specs.ANCHOR, Stage.LAUNCHED);
    List<PodSeen> leaving = List.of(leaving(Specs.VMM, Stage.LAUNCHED));

    assertNext(scene(anchor, leaving, paused(true), true), new Step.GoOn());
    assertNext(scene(anchor, leaving, running(), true), new Step.PowerDown());
  }

  @Test
  void resetsOncePerRequest() {
    assertNext(wishing(running(), false, RESET), new Step.Reset(RESET));
    assertNext(wishing(paused(true), true, RESET), new Step.Reset(RESET));
    assertNext(wishing(stoppedByADisk(), false, RESET), new Step.Reset(RESET));
    RunRecord served = running().withResetServed(RESET);
    assertNext(wishing(served, false, RESET), new Step.Rest());
    assertNext(wishing(served, false, RESET.minusSeconds(1)), new Step.Rest());
    assertNext(wishing(served, false, RESET.plusSeconds(1)), new Step.Reset(RESET.plusSeconds(1)));
    assertNext(wishing(Specs.run(GuestState.STARTING, false), false, RESET), new Step.Resume());
  }

  @Test
  void goesThroughAStop() {
    PodSeen anchor = pod(Specs.ANCHOR, Stage.LAUNCHED);
    List<PodSeen> leaving = List.of(leaving(Specs.VMM, Stage.LAUNCHED));

    assertNext(scene(anchor, leaving, running(), false), new Step.Dial());
    assertNext(scene(anchor, leaving, running(), true), new Step.PowerDown());
    assertNext(scene(anchor, leaving, ended(), true), new Step.Kill(Specs.VMM));
    assertNext(
        scene(anchor, List.of(leaving(Specs.VMM, Stage.EXITED)), ended(), false), new Step.Rest());
    assertNext(
        scene(anchor, List.of(gone(Specs.VMM, Stage.EXITED)), ended(), false),
        new Step.Forget(Specs.VMM));
    assertNext(
        scene(leaving(Specs.ANCHOR, Stage.LAUNCHED), List.of(), ended(), false),
        new Step.Kill(Specs.ANCHOR));
    assertNext(
        scene(gone(Specs.ANCHOR, Stage.EXITED), List.of(), ended(), false),
        new Step.Forget(Specs.ANCHOR));
    assertNext(scene(null, List.of(), ended(), false), new Step.CleanUp());
  }

  @Test
  void killsAtTheEndOfTheGrace() {
    Scene late =
        new Scene(
            true,
            true,
            pod(Specs.ANCHOR, Stage.LAUNCHED),
            List.of(leaving(Specs.VMM, Stage.LAUNCHED)),
            running(),
            false,
            true,
            true,
            false,
            false,
            null,
            true,
            null);

    assertNext(late, new Step.Kill(Specs.VMM));
  }

  @Test
  void asksTheGuestAgentWhenThePowerButtonDoesNotHelp() {
    List<PodSeen> leaving = List.of(leaving(Specs.VMM, Stage.LAUNCHED));

    assertNext(stopping(leaving, true, true), new Step.AskAgent());
    assertNext(stopping(leaving, true, false), new Step.Rest());
    assertNext(stopping(leaving, false, true), new Step.Dial());
    assertNext(stopping(List.of(pod(Specs.VMM, Stage.LAUNCHED)), true, true), new Step.Rest());
  }

  private static Scene stopping(List<PodSeen> vmms, boolean monitored, boolean mayAskAgent) {
    return new Scene(
        true,
        true,
        pod(Specs.ANCHOR, Stage.LAUNCHED),
        vmms,
        running(),
        monitored,
        true,
        false,
        false,
        false,
        null,
        mayAskAgent,
        null);
  }

  @Test
  void aDeletedAnchorPowersTheGuestDown() {
    assertNext(
        scene(
            leaving(Specs.ANCHOR, Stage.LAUNCHED),
            List.of(pod(Specs.VMM, Stage.LAUNCHED)),
            running(),
            true),
        new Step.PowerDown());
  }

  @Test
  void aDeadQemuIsRecordedBeforeItsPodIsForgotten() {
    assertNext(
        scene(
            pod(Specs.ANCHOR, Stage.LAUNCHED),
            List.of(gone(Specs.VMM, Stage.EXITED)),
            running(),
            false),
        new Step.RecordExit());
  }

  @Test
  void aRestartedAnchorAdoptsFromALiveQemuAndNeverAllocatesAgain() {
    List<PodSeen> alive = List.of(pod(Specs.VMM, Stage.LAUNCHED));

    assertNext(
        scene(pod(Specs.ANCHOR, Stage.DIALLED), alive, running(), true),
        new Step.AdoptAnchor(Specs.ANCHOR, Specs.VMM));
    assertNext(
        scene(
            pod(Specs.ANCHOR, Stage.DIALLED),
            List.of(pod(Specs.VMM, Stage.EXITED)),
            ended(),
            false),
        new Step.Rest());
  }

  @Test
  void aNewPodMayStartAGuestThatNeverRan() {
    RunRecord failed =
        Specs.run(GuestState.STARTING, false)
            .withGuest(new GuestRecord(GuestState.FAILED, "VmmFailedToStart", "x", 1));
    PodSeen anchor = pod(Specs.ANCHOR, Stage.LAUNCHED);
    PodSeen next = pod(NEW, Stage.DIALLED);

    assertNext(
        scene(anchor, List.of(pod(Specs.VMM, Stage.EXITED), next), failed, false),
        new Step.StartVmm(NEW));
    assertNext(
        scene(anchor, List.of(pod(Specs.VMM, Stage.EXITED), next), ended(), false),
        new Step.Rest());
  }

  @Test
  void conductsGivesUpAndSettles() {
    PodSeen anchor = pod(Specs.ANCHOR, Stage.LAUNCHED);
    PodSeen old = pod(Specs.VMM, Stage.LAUNCHED);
    UpdateSeen wanted = new UpdateSeen(UPDATE, false, false, false);
    UpdateSeen deleted = new UpdateSeen(UPDATE, true, false, false);
    UpdateSeen late = new UpdateSeen(UPDATE, false, true, false);
    Scene waiting = scene(anchor, List.of(old, incoming(Stage.EXPECTED)), running(), true);
    Scene dialled = scene(anchor, List.of(old, incoming(Stage.DIALLED)), running(), true);
    Scene dead = scene(anchor, List.of(old, incoming(Stage.EXITED)), running(), true);

    assertNext(with(waiting, wanted), new Step.Rest());
    assertNext(with(dialled, wanted), new Step.Conduct(UPDATE, NEW));
    assertNext(with(dialled, deleted), new Step.GiveUp(UPDATE, Step.Why.CANCELLED));
    assertNext(with(waiting, late), new Step.GiveUp(UPDATE, Step.Why.TIMED_OUT));
    assertNext(with(toStop(waiting.vmms()), wanted), new Step.GiveUp(UPDATE, Step.Why.GUEST_STOPS));
    assertNext(with(toStop(dialled.vmms()), wanted), new Step.GiveUp(UPDATE, Step.Why.GUEST_STOPS));
    assertNext(with(dead, wanted), new Step.GiveUp(UPDATE, Step.Why.VMM_FAILED));
    PodSeen unstarted = new PodSeen(NEW, true, true, Stage.EXPECTED, UPDATE);
    assertNext(
        with(scene(anchor, List.of(old, unstarted), running(), true), wanted),
        new Step.GiveUp(UPDATE, Step.Why.VMM_FAILED));
    assertNext(
        with(scene(anchor, List.of(pod(Specs.VMM, Stage.EXITED)), ended(), false), wanted),
        new Step.GiveUp(UPDATE, Step.Why.GUEST_ENDED));
    Scene unsettled =
        new Scene(
            true,
            false,
            anchor,
            List.of(old, incoming(Stage.LAUNCHED)),
            running(),
            false,
            false,
            false,
            true,
            false,
            null,
            false,
            null);
    assertNext(unsettled, new Step.Settle());
  }

  @Test
  void tidiesUpAfterAHandoffThatEndedWithoutItsAnchor() {
    List<PodSeen> alive = List.of(pod(Specs.VMM, Stage.LAUNCHED));

    assertNext(untidy(pod(Specs.ANCHOR, Stage.LAUNCHED), alive), new Step.TidyUp());
    assertNext(
        untidy(pod(Specs.ANCHOR, Stage.DIALLED), alive),
        new Step.AdoptAnchor(Specs.ANCHOR, Specs.VMM));
    assertNext(untidy(pod(Specs.ANCHOR, Stage.EXITED), alive), new Step.Rest());
  }

  private static Scene untidy(PodSeen anchor, List<PodSeen> vmms) {
    return new Scene(
        true, true, anchor, vmms, running(), true, false, false, false, true, null, false, null);
  }

  @Test
  void endsAHandoffThatDiedWithItsNode() {
    PodSeen anchor = pod(Specs.ANCHOR, Stage.EXPECTED);
    UpdateSeen begun = new UpdateSeen(UPDATE, false, true, true);
    Scene rebooted = scene(anchor, List.of(incoming(Stage.EXITED)), null, false);
    Scene booting = scene(anchor, List.of(incoming(Stage.EXPECTED)), null, false);
    Scene alive =
        scene(
            pod(Specs.ANCHOR, Stage.LAUNCHED),
            List.of(pod(Specs.VMM, Stage.LAUNCHED), incoming(Stage.EXITED)),
            running(),
            true);

    assertNext(with(rebooted, begun), new Step.GiveUp(UPDATE, Step.Why.JOURNAL_LOST));
    assertNext(with(booting, begun), new Step.Rest());
    assertNext(with(alive, begun), new Step.Rest());
  }

  @Test
  void doesNothingWithoutTheBroker() {
    Scene alone =
        new Scene(
            false,
            true,
            pod(Specs.ANCHOR, Stage.DIALLED),
            List.of(),
            null,
            false,
            false,
            false,
            true,
            false,
            null,
            false,
            null);

    assertNext(alone, new Step.Rest());
  }

  static Stream<Scene> everything() {
    List<Scene> all = new ArrayList<>();
    for (Stage anchor : Stage.values()) {
      for (Stage vmm : Stage.values()) {
        for (RunRecord run : new RunRecord[] {unstarted(), running(), ended()}) {
          for (int flags = 0; flags < 128; flags++) {
            all.add(
                new Scene(
                    true,
                    (flags & 1) != 0,
                    new PodSeen(Specs.ANCHOR, true, (flags & 2) != 0, anchor, null),
                    List.of(new PodSeen(Specs.VMM, true, (flags & 4) != 0, vmm, null)),
                    run,
                    (flags & 8) != 0,
                    false,
                    (flags & 16) != 0,
                    false,
                    (flags & 32) != 0,
                    null,
                    (flags & 64) != 0,
                    null));
          }
        }
      }
    }
    return all.stream();
  }

  @Test
  void neverHurtsARunningGuestThatNobodyWantsStopped() {
    everything()
        .forEach(scene -> {
          Step next = RunPlanner.next(scene);
          PodSeen vmm = scene.vmms().getFirst();
          PodSeen anchor = scene.anchor();
          RunRecord run = scene.run();
          boolean wanted =
              run != null
                  && run.vmm() != null
                  && !run.guest().ended()
                  && vmm.stage() == Stage.LAUNCHED
                  && !vmm.deleting()
                  && anchor != null
                  && !anchor.deleting();
          if (wanted) {
            assertThat(next)
                .isNotInstanceOfAny(
                    Step.Kill.class,
                    Step.PowerDown.class,
                    Step.AskAgent.class,
                    Step.PlanAnchor.class,
                    Step.StartVmm.class,
                    Step.CleanUp.class,
                    Step.RecordExit.class);
          }
        });
  }

  private static void assertNext(Scene scene, Step step) {
    assertThat(RunPlanner.next(scene)).isEqualTo(step);
  }
}
