package dev.moult.cli.power;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PowerGoalTest {
  private static final Instant SINCE = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void runsWhenTheGuestOfThisRunRunsByTheNewSpec() {
    var goal = new PowerGoal.Runs(3);

    assertThat(goal.reached(vm(3, "Running", "a", "a", "running", SINCE))).isTrue();
    assertThat(goal.reached(vm(2, "Running", "a", "a", "running", SINCE))).isFalse();
    assertThat(goal.reached(vm(3, "Starting", "a", "a", "running", SINCE))).isFalse();
    assertThat(goal.reached(vm(3, "Running", "b", "a", "running", SINCE))).isFalse();
    assertThat(goal.reached(vm(3, "Running", "a", "a", "paused", SINCE))).isFalse();
    assertThat(goal.reached(new VirtualMachine())).isFalse();
  }

  @Test
  void stoppedWhenThePhaseSaysSoOfTheNewSpec() {
    var goal = new PowerGoal.Stopped(3);

    assertThat(goal.reached(vm(3, "Stopped", "a", "a", "stopped", SINCE))).isTrue();
    assertThat(goal.reached(vm(2, "Stopped", "a", "a", "stopped", SINCE))).isFalse();
    assertThat(goal.reached(vm(3, "Stopping", "a", "a", "stopping", SINCE))).isFalse();
  }

  @Test
  void restartedWhenTheGuestRunsInAnotherRunOrAgain() {
    var goal = new PowerGoal.Restarted(3, "a", SINCE);

    assertThat(goal.reached(vm(3, "Running", "a", "a", "running", SINCE))).isFalse();
    assertThat(goal.reached(vm(2, "Running", "b", "b", "running", SINCE))).isFalse();
    assertThat(goal.reached(vm(3, "Running", "b", "b", "running", SINCE))).isTrue();
    assertThat(goal.reached(vm(3, "Running", "a", "a", "running", SINCE.plusSeconds(9)))).isTrue();
  }

  @Test
  void pausedWhenTheOperatorSaysThatTheUserHasPausedIt() {
    var goal = new PowerGoal.Paused(3);

    assertThat(goal.reached(standing(3, "PausedByUser", null))).isTrue();
    assertThat(goal.reached(standing(2, "PausedByUser", null))).isFalse();
    assertThat(goal.reached(standing(3, "DiskError", null))).isFalse();
    assertThat(goal.reached(vm(3, "Running", "a", "a", "paused", SINCE))).isFalse();
  }

  @Test
  void aMachineThatIsWishedPausedIsUpWhenItStandsStill() {
    VirtualMachine paused =
        Serialization.unmarshal(
            """
            {"spec": {"paused": true},
             "status": {"observedGeneration": 3, "phase": "Running", "runID": "b",
              "guest": {"runID": "b", "state": "paused", "reason": "PausedByUser"},
              "conditions": [{"type": "Paused", "status": "True", "reason": "PausedByUser"}]}}
            """,
            VirtualMachine.class);

    assertThat(new PowerGoal.Restarted(3, "a", SINCE).reached(paused)).isTrue();
    assertThat(new PowerGoal.Runs(3).reached(paused)).isTrue();
    assertThat(new PowerGoal.Runs(3).reached(standing(3, "PausedByUser", null))).isFalse();
  }

  @Test
  void resetWhenAnotherRequestWasServed() {
    assertThat(new PowerGoal.Reset(3, null).reached(standing(3, "PausedByUser", SINCE))).isTrue();
    assertThat(new PowerGoal.Reset(3, SINCE).reached(standing(3, "PausedByUser", SINCE))).isFalse();
    assertThat(new PowerGoal.Reset(4, null).reached(standing(3, "PausedByUser", SINCE))).isFalse();
    assertThat(new PowerGoal.Reset(3, null).reached(standing(3, "PausedByUser", null))).isFalse();
  }

  @Test
  void frozenByTheRequestThatWasMadeAndNoOther() {
    var frozen = new PowerGoal.Frozen(SINCE);

    assertThat(frozen.reached(freeze(SINCE, "Frozen"))).isTrue();
    assertThat(frozen.reached(freeze(SINCE.plusSeconds(1), "Frozen"))).isFalse();
    assertThat(frozen.reached(freeze(SINCE, "Freezing"))).isFalse();
    assertThat(frozen.missed(freeze(SINCE, "Freezing"))).isEmpty();
    assertThat(frozen.missed(freeze(SINCE, "Failed"))).contains("because");
    assertThat(frozen.missed(freeze(SINCE, "Thawed"))).contains("because");
    assertThat(frozen.missed(freeze(SINCE.minusSeconds(1), "Failed"))).isEmpty();
    assertThat(new PowerGoal.Unfrozen().reached(freeze(SINCE, "Frozen"))).isFalse();
    assertThat(new PowerGoal.Unfrozen().reached(freeze(SINCE, "Freezing"))).isFalse();
    assertThat(new PowerGoal.Unfrozen().reached(freeze(SINCE, "Thawed"))).isTrue();
  }

  private static VirtualMachine freeze(Instant requestedAt, String state) {
    return Serialization.unmarshal(
        """
        {"status": {"guest": {"filesystemFreeze": {"requestedAt": "%s", "state": "%s",
          "message": "because"}}}}
        """
            .formatted(requestedAt, state),
        VirtualMachine.class);
  }

  private static VirtualMachine standing(long observed, String why, @Nullable Instant reset) {
    return Serialization.unmarshal(
        """
        {"status": {"observedGeneration": %d, "phase": "Running", "runID": "a",
          "guest": {"runID": "a", "state": "paused", "reason": "%s", "resetServed": %s},
          "conditions": [{"type": "Paused", "status": "True", "reason": "%s"}]}}
        """
            .formatted(observed, why, reset == null ? null : "\"" + reset + "\"", why),
        VirtualMachine.class);
  }

  private static VirtualMachine vm(
      long observed, String phase, String run, String guestRun, String guest, Instant since) {
    return Serialization.unmarshal(
        """
        {"status": {"observedGeneration": %d, "phase": "%s", "runID": "%s",
          "guest": {"runID": "%s", "state": "%s", "since": "%s"}}}
        """
            .formatted(observed, phase, run, guestRun, guest, since),
        VirtualMachine.class);
  }
}
