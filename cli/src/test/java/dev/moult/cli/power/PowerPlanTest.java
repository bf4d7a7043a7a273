package dev.moult.cli.power;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.cli.power.PowerPlan.Change;
import dev.moult.cli.power.PowerPlan.Impossible;
import dev.moult.cli.power.PowerPlan.Nothing;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PowerPlanTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final Change RESTART =
      new Change(
          Map.of("restartRequestedAt", "2026-01-02T03:04:05Z"),
          "spec.restartRequestedAt: 2026-01-02T03:04:05Z");

  @Test
  void startUnhaltsAHaltedMachine() {
    assertThat(PowerPlan.start("Halted", "Always", false, NOW))
        .isEqualTo(
            new Change(Map.of("runStrategy", "Always"), "spec.runStrategy: Halted -> Always"));
    assertThat(PowerPlan.start("Halted", "Manual", false, NOW))
        .isEqualTo(
            new Change(
                Map.of("runStrategy", "Manual", "restartRequestedAt", "2026-01-02T03:04:05Z"),
                "spec.runStrategy: Halted -> Manual, " + RESTART.words()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Manual", "RerunOnFailure", "SomethingNewer"})
  void startAsksForARunWhereAGuestHasEnded(String strategy) {
    assertThat(PowerPlan.start(strategy, "Always", false, NOW)).isEqualTo(RESTART);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Always", "Manual", "RerunOnFailure"})
  void startLeavesARunningGuestAlone(String strategy) {
    assertThat(PowerPlan.start(strategy, "Always", true, NOW)).isInstanceOf(Nothing.class);
  }

  @Test
  void startLeavesItToTheOperatorWhereTheGuestAlwaysRuns() {
    assertThat(PowerPlan.start("Always", "Always", false, NOW)).isInstanceOf(Nothing.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Always", "Manual", "RerunOnFailure"})
  void stopHalts(String strategy) {
    assertThat(PowerPlan.stop(strategy))
        .isEqualTo(
            new Change(
                Map.of("runStrategy", "Halted"), "spec.runStrategy: " + strategy + " -> Halted"));
  }

  @Test
  void stopLeavesAHaltedMachineAlone() {
    assertThat(PowerPlan.stop("Halted")).isInstanceOf(Nothing.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Always", "Manual", "RerunOnFailure"})
  void restartAsksForOne(String strategy) {
    assertThat(PowerPlan.restart(strategy, NOW)).isEqualTo(RESTART);
  }

  @Test
  void aHaltedMachineCannotBeRestarted() {
    assertThat(PowerPlan.restart("Halted", NOW)).isInstanceOf(Impossible.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Always", "Manual", "RerunOnFailure"})
  void pauseAndResumeChangeOneField(String strategy) {
    assertThat(PowerPlan.pause(strategy, false))
        .isEqualTo(new Change(Map.of("paused", true), "spec.paused: false -> true"));
    assertThat(PowerPlan.pause(strategy, true)).isInstanceOf(Nothing.class);
    assertThat(PowerPlan.resume(true, false))
        .isEqualTo(new Change(Map.of("paused", false), "spec.paused: true -> false"));
    assertThat(PowerPlan.resume(false, false)).isInstanceOf(Nothing.class);
  }

  @Test
  void aHaltedMachineCannotBePaused() {
    assertThat(PowerPlan.pause("Halted", false)).isInstanceOf(Impossible.class);
  }

  @Test
  void resetAsksForOneWhereThereIsAGuest() {
    assertThat(PowerPlan.reset(true, NOW))
        .isEqualTo(
            new Change(
                Map.of("resetRequestedAt", "2026-01-02T03:04:05Z"),
                "spec.resetRequestedAt: 2026-01-02T03:04:05Z"));
    assertThat(PowerPlan.reset(false, NOW)).isInstanceOf(Impossible.class);
  }

  @Test
  void freezeAsksForAWhileAndUnfreezeTakesItBack() {
    assertThat(PowerPlan.freeze(true, NOW, "30s"))
        .isEqualTo(
            new Change(
                Map.of(
                    "filesystemFreeze",
                    Map.of("requestedAt", "2026-01-02T03:04:05Z", "unfreezeAfter", "30s")),
                "spec.filesystemFreeze: 2026-01-02T03:04:05Z, unfreezeAfter: 30s"));
    assertThat(PowerPlan.freeze(false, NOW, "30s")).isInstanceOf(Impossible.class);
    assertThat(PowerPlan.unfreeze(true))
        .isEqualTo(
            new Change(
                Collections.singletonMap("filesystemFreeze", null),
                "spec.filesystemFreeze: removed"));
    assertThat(PowerPlan.unfreeze(false)).isInstanceOf(Nothing.class);
  }

  @Test
  void suspendPutsAGuestAsideThatRuns() {
    assertThat(PowerPlan.suspend(true, false, false))
        .isEqualTo(new Change(Map.of("power", "Suspended"), "spec.power: Running -> Suspended"));
    assertThat(PowerPlan.suspend(true, false, true)).isInstanceOf(Nothing.class);
    assertThat(PowerPlan.suspend(true, true, false)).isInstanceOf(Impossible.class);
    assertThat(PowerPlan.suspend(false, false, false)).isInstanceOf(Impossible.class);
  }

  @Test
  void resumeLetsASuspendedGuestGoOn() {
    assertThat(PowerPlan.resume(false, true))
        .isEqualTo(new Change(Map.of("power", "Running"), "spec.power: Suspended -> Running"));
  }
}
