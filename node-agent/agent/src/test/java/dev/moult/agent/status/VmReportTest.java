package dev.moult.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestOs;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.MachineStatus;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.qemu.machine.Machines;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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

  @Test
  void aMachineWithoutAChannelSaysNothingOfAnAgent() {
    var report = of(RUN, null, new GuestView.Present(Specs.most()));

    assertThat(guest(report).agentVersion()).isNull();
    assertThat(connected(report)).isEmpty();
  }

  @Test
  void whatTheGuestAgentTellsIsInTheStatus() {
    var report = of(WITH_AGENT, null, new GuestView.Present(Specs.most()));

    assertThat(guest(report).agentVersion()).isEqualTo("10.0.2");
    assertThat(guest(report).os()).extracting(GuestOs::id).isEqualTo("debian");
    assertThat(guest(report).interfaces()).hasSize(16);
    assertThat(guest(report).filesystems()).hasSize(32);
    assertThat(connected(report)).contains(ConditionStatus.TRUE);
    assertThat(VmReport.ownPart(report)).isEqualTo(report);
  }

  @Test
  void itGoesWhenTheAgentIsAwayOrTheGuestHasEnded() {
    var away = of(WITH_AGENT, null, GuestView.closed());
    var ended =
        of(
            WITH_AGENT.withGuest(new GuestRecord(GuestState.STOPPED, "PoweredDown", "off", 1)),
            null,
            new GuestView.Present(Specs.most()));

    for (var report : List.of(away, ended)) {
      assertThat(guest(report).agentVersion()).isNull();
      assertThat(guest(report).interfaces()).isEmpty();
      assertThat(connected(report)).contains(ConditionStatus.FALSE);
    }
  }

  @Test
  void untilANewNodeAgentHasLookedWhatWasToldOfThisRunStands() {
    var before = of(WITH_AGENT, null, new GuestView.Present(Specs.most()));

    var after = of(WITH_AGENT, before, new GuestView.Unknown());
    var another =
        of(WITH_AGENT, before.withGuest(guest(before).withRunID("r")), new GuestView.Unknown());

    assertThat(after).isEqualTo(before);
    assertThat(guest(another).agentVersion()).isNull();
    assertThat(connected(another)).isEmpty();
  }

  @Test
  void whatProbesShowStandsUntilANewNodeAgentKnowsBetter() {
    var asked = WITH_AGENT.withProbes(Specs.probes(List.of()));
    var well = new ProbesStatus(NOW, true, null, null, null);
    var ill = new ProbesStatus(NOW, false, null, null, "readinessProbe: gone");

    var before = probed(asked, null, well);
    assertThat(guest(before).probes()).isEqualTo(well);
    assertThat(VmReport.ownPart(before)).isEqualTo(before);
    assertThat(probed(asked, before, null)).isEqualTo(before);
    assertThat(guest(probed(asked, before, ill)).probes()).isEqualTo(ill);
    assertThat(VmReport.same(probed(asked, before, ill), before)).isFalse();
  }

  @Test
  void anotherRunOrNoRunShowsNothing() {
    var asked = WITH_AGENT.withProbes(Specs.probes(List.of()));
    var well = new ProbesStatus(NOW, true, null, null, null);
    var before = probed(asked, null, well);
    var another = before.withGuest(guest(before).withRunID("r"));

    assertThat(guest(probed(asked, another, null)).probes()).isNull();
    assertThat(guest(probed(WITH_AGENT, before, null)).probes()).as("not asked").isNull();
    var ended = asked.withGuest(new GuestRecord(GuestState.STOPPED, "PoweredDown", "off", 1));
    assertThat(guest(probed(ended, before, well)).probes()).isNull();
  }

  @Test
  void tellsOfHugePagesWhereTheMachineHasThem() {
    var huge = RUN.withMachine(Machines.huge(Specs.machine(), 2 << 20));

    assertThat(machine(huge).hugePageSize()).isEqualTo(HugePageSize.TWO_MIB);
    assertThat(machine(RUN).hugePageSize()).isNull();
  }

  private static MachineStatus machine(RunRecord run) {
    return Objects.requireNonNull(of(run, null, new GuestView.Unknown()).machine());
  }

  private static VirtualMachineStatus probed(
      RunRecord run, @Nullable VirtualMachineStatus before, @Nullable ProbesStatus probes) {
    return VmReport.of(run, 1L, before, "a node", List.of(), new GuestView.Unknown(), probes, NOW);
  }

  private static final RunRecord RUN = Specs.run(GuestState.RUNNING, true);
  private static final RunRecord WITH_AGENT = RUN.withMachine(Specs.machineWithGuestAgent());

  private static VirtualMachineStatus of(
      RunRecord run, @Nullable VirtualMachineStatus before, GuestView view) {
    return VmReport.of(run, 1L, before, "a node", List.of(), view, null, NOW);
  }

  private static GuestStatus guest(VirtualMachineStatus status) {
    return Objects.requireNonNull(status.guest());
  }

  private static Optional<ConditionStatus> connected(VirtualMachineStatus status) {
    return status.conditions().stream()
        .filter(each -> each.type().equals(ConditionType.GUEST_AGENT_CONNECTED.value()))
        .map(Condition::status)
        .findFirst();
  }

  private static VirtualMachineStatus report(@Nullable Blocker ofPod, List<Obstacle> own) {
    var builder = VirtualMachineStatusBuilder.builder().conditions(List.of());
    if (ofPod != null) {
      builder.podBlocker(ofPod);
    }
    return VmReport.of(
        Specs.run(GuestState.RUNNING, true),
        1L,
        builder.build(),
        "a node",
        own,
        new GuestView.Unknown(),
        null,
        NOW);
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
