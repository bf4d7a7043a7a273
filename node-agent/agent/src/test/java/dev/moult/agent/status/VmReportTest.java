package dev.moult.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VmReportTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Blocker QUOTA = new Blocker("QuotaExceeded", "exceeded quota: pods");

  @Test
  void whatTheOperatorSaysOfTheNextPodIsABlocker() {
    var report = report(QUOTA, List.of());

    assertThat(updatable(report).status()).isEqualTo(ConditionStatus.FALSE);
    assertThat(updatable(report).reason()).isEqualTo("QuotaExceeded");
    assertThat(updatable(report).message()).isEqualTo("exceeded quota: pods");
    assertThat(blockers(report)).containsExactly(QUOTA);
    assertThat(report.podBlocker()).as("the operator's field").isNull();
  }

  @Test
  void itStandsBesideTheAgentsOwn() {
    var own = new Obstacle("PrivateMemory", "ram0 is private");

    var report = report(QUOTA, List.of(own));

    assertThat(updatable(report).reason()).isEqualTo("PrivateMemory");
    assertThat(updatable(report).message()).isEqualTo("ram0 is private; exceeded quota: pods");
    assertThat(blockers(report))
        .containsExactly(new Blocker("PrivateMemory", "ram0 is private"), QUOTA);
  }

  @Test
  void withoutItTheVmIsUpdatable() {
    var report = report(null, List.of());

    assertThat(updatable(report).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(updatable(report).reason()).isEqualTo("NoBlockers");
    assertThat(report.updatable()).isNull();
  }

  private static VirtualMachineStatus report(@Nullable Blocker ofPod, List<Obstacle> own) {
    var builder = VirtualMachineStatusBuilder.builder().conditions(List.of());
    if (ofPod != null) {
      builder.podBlocker(ofPod);
    }
    return VmReport.of(
        Specs.run(GuestState.RUNNING, true), 1L, builder.build(), "a node", own, NOW);
  }

  private static Condition updatable(VirtualMachineStatus status) {
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(ConditionType.UPDATABLE.value()))
        .findFirst()
        .orElseThrow();
  }

  private static List<Blocker> blockers(VirtualMachineStatus status) {
    var updatable = status.updatable();
    return updatable == null ? List.of() : updatable.blockers();
  }
}
