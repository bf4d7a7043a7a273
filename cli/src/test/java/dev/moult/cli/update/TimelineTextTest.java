package dev.moult.cli.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimelineTextTest {
  @Test
  void eachStepIsToldOnceInItsOrder() {
    var text = new TimelineText();

    assertThat(
            text.newSteps(
                update(
                    "{phase: Preparing, timeline: [{step: VmmPodCreated, offset: 41ms,"
                        + " offsetMicros: 41000}, {step: Started, offset: 0s, offsetMicros: 0}]}")))
        .containsExactly(
            "      0s  Started            The operator took the LiveUpdate up; offsets count from"
                + " here.",
            "    41ms  VmmPodCreated      The new VMM pod was created.");
    assertThat(
            text.newSteps(
                update(
                    "{phase: Checking, timeline: [{step: Started}, {step: VmmPodCreated},"
                        + " {step: SomethingNewer, offset: 1.2s}]}")))
        .containsExactly("    1.2s  SomethingNewer");
  }

  @Test
  void aCompletedOneTellsItsPauseAndVersions() {
    assertThat(
            TimelineText.verdict(
                update(
                    "{phase: Completed, pause: 9.4ms, duration: 2.1s, from: {qemuVersion: 10.0.2},"
                        + " to: {qemuVersion: 11.1.3}}")))
        .containsExactly(
            "Completed: the guest stood still for 9.4ms; QEMU 10.0.2 -> 11.1.3; 2.1s in all");
  }

  @Test
  void aCompletedOneOfAPausedGuestTellsThatItStillIs() {
    assertThat(
            TimelineText.verdict(
                update(
                    "{phase: Completed, duration: 2.1s, from: {qemuVersion: 10.0.2},"
                        + " to: {qemuVersion: 11.1.3}, timeline: [{step: StateSent}]}")))
        .containsExactly(
            "Completed: the guest is paused as before; QEMU 10.0.2 -> 11.1.3; 2.1s in all");
    assertThat(TimelineText.verdict(update("{phase: Completed, timeline: [{step: GuestStopped}]}")))
        .singleElement()
        .asString()
        .startsWith("Completed: the guest stood still for an unknown time; ");
  }

  @Test
  void aRefusedOneTellsItsReasonAndEachBlocker() {
    assertThat(
            TimelineText.verdict(
                update(
                    "{phase: Refused, reason: GuestNotRunning, message: the guest is paused,"
                        + " blockers: [{reason: GuestNotRunning, message: \"paused\\u001b[31m\"},"
                        + " {reason: PrivateMemory}]}")))
        .containsExactly(
            "Refused (GuestNotRunning): the guest is paused",
            "  GuestNotRunning: paused\u00b7[31m",
            "  PrivateMemory");
  }

  @ParameterizedTest
  @CsvSource({
    "Pending,false",
    "Committing,false",
    "Completed,true",
    "RolledBack,true",
    "Refused,true",
    "Failed,true"
  })
  void phasesAreWrittenAsTheApiDoesAndSomeAreEnds(String phase, boolean end) {
    var update = update("{phase: " + phase + "}");

    assertThat(TimelineText.phase(update)).isEqualTo(phase);
    assertThat(TimelineText.ended(update)).isEqualTo(end);
  }

  @Test
  void whatNobodyHasLookedAtIsPending() {
    assertThat(TimelineText.phase(new LiveUpdate())).isEqualTo("Pending");
    assertThat(TimelineText.ended(new LiveUpdate())).isFalse();
    assertThat(new TimelineText().newSteps(new LiveUpdate())).isEmpty();
  }

  private static LiveUpdate update(String status) {
    return Serialization.unmarshal("status: " + status, LiveUpdate.class);
  }
}
