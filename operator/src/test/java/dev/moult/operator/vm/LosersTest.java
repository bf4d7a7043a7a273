package dev.moult.operator.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Walks every phase and verdict of an update against every pod that it could be asked about. */
class LosersTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final Set<LiveUpdatePhase> ENDED =
      Set.of(
          LiveUpdatePhase.COMPLETED,
          LiveUpdatePhase.ROLLED_BACK,
          LiveUpdatePhase.REFUSED,
          LiveUpdatePhase.FAILED);

  private enum Which {
    OLD,
    NEW,
    OLD_NAME_OF_ANOTHER_RUN,
    NEW_NAME_OF_ANOTHER_UPDATE,
    FOREIGN
  }

  private enum Container {
    NEVER_RAN,
    RUNS,
    ENDED
  }

  private record Case(
      LiveUpdatePhase phase, String verdict, Which which, Container container, boolean lately) {

    LiveUpdate update() {
      return Serialization.unmarshal(
          """
          metadata: {name: up, uid: up-uid}
          spec: {virtualMachine: web}
          status:
            phase: %s
            %s
            from: {pod: web-vmm-1, uid: old-uid}
            to: {pod: web-vmm-2}
            handoff: {uid: up-uid %s}
          """
              .formatted(
                  Serialization.asJson(phase).replace("\"", ""),
                  ENDED.contains(phase)
                      ? "finishedAt: " + NOW.minusSeconds(lately ? 59 : 61)
                      : "reason: any",
                  verdict.isEmpty() ? "" : ", verdict: " + verdict),
          LiveUpdate.class);
    }

    Pod pod() {
      var head =
          switch (which) {
            case OLD -> "{name: web-vmm-1, uid: old-uid}";
            case NEW -> "{name: web-vmm-2, uid: new-uid, labels: {moult.dev/update-uid: up-uid}}";
            case OLD_NAME_OF_ANOTHER_RUN -> "{name: web-vmm-1, uid: other-uid}";
            case NEW_NAME_OF_ANOTHER_UPDATE ->
                "{name: web-vmm-2, uid: other-uid, labels: {moult.dev/update-uid: other-uid}}";
            case FOREIGN -> "{name: web-vmm-7, uid: foreign-uid}";
          };
      var status =
          switch (container) {
            case NEVER_RAN -> "{phase: Pending}";
            case RUNS -> "{phase: Running, containerStatuses: [{name: vmm, state: {running: {}}}]}";
            case ENDED ->
                "{phase: Failed, containerStatuses: [{name: vmm, state: {terminated: {exitCode: 1}}}]}";
          };
      return Serialization.unmarshal(
          "metadata: " + head + "\nspec: {nodeName: node1}\nstatus: " + status, Pod.class);
    }

    boolean loses() {
      return Losers.loses(update(), pod(), NOW);
    }

    boolean ended() {
      return ENDED.contains(phase);
    }
  }

  @Test
  void theOldPodLosesByTheVerdictCommitAlone() {
    assertThat(of(Which.OLD)).allMatch(c -> c.loses() == c.verdict().equals("Commit"));
  }

  @Test
  void theNewPodNeverLosesAfterACommit() {
    assertThat(of(Which.NEW).filter(c -> c.verdict().equals("Commit"))).noneMatch(Case::loses);
  }

  @Test
  void theNewPodLosesByEveryOtherVerdict() {
    assertThat(
            of(Which.NEW)
                .filter(c -> Set.of("RollBack", "Refused", "Failed").contains(c.verdict())))
        .allMatch(Case::loses);
  }

  @Test
  void withoutAVerdictANewPodThatRunsIsKept() {
    assertThat(of(Which.NEW).filter(c -> c.verdict().isEmpty() && c.container() == Container.RUNS))
        .noneMatch(Case::loses);
  }

  @Test
  void aNewPodWithoutAVerdictLosesOnceItsKubeletWouldHaveToldOfIt() {
    var c = new Case(LiveUpdatePhase.ROLLED_BACK, "", Which.NEW, Container.NEVER_RAN, true);
    var end = NOW.minusSeconds(59);
    assertThat(Losers.loses(c.update(), c.pod(), end.plusSeconds(14))).isFalse();
    assertThat(Losers.loses(c.update(), c.pod(), end.plusSeconds(15))).isTrue();
  }

  @Test
  void withoutAVerdictANewPodIsKeptWhileTheUpdateIsUnderWay() {
    assertThat(of(Which.NEW).filter(c -> c.verdict().isEmpty() && !c.ended()))
        .noneMatch(Case::loses);
  }

  @Test
  void aPodOfTheSameNameFromAnotherRunIsNobodysLoser() {
    assertThat(
            cases().stream()
                .filter(c ->
                    Set.of(
                            Which.OLD_NAME_OF_ANOTHER_RUN,
                            Which.NEW_NAME_OF_ANOTHER_UPDATE,
                            Which.FOREIGN)
                        .contains(c.which())))
        .noneMatch(Case::loses);
  }

  @Test
  void thePodThatTheAgentNamesIsNoStray() {
    for (var c : cases()) {
      var vm = machine("web-vmm-1", "run");
      assertThat(Losers.isStray(vm, List.of(), c.pod(), NOW))
          .as("%s", c)
          .isEqualTo(!c.pod().getMetadata().getName().equals("web-vmm-1"));
    }
  }

  @Test
  void nothingIsAStrayWhileTheAgentNamesNone() {
    for (var vm : List.of(machine("", "run"), machine("web-vmm-1", "another-run"))) {
      assertThat(cases().stream().filter(c -> Losers.isStray(vm, List.of(), c.pod(), NOW)))
          .isEmpty();
    }
  }

  @Test
  void aPodOfAnUpdateUnderWayIsNoStray() {
    var vm = machine("web-vmm-7", "run");
    assertThat(
            Stream.concat(of(Which.OLD), of(Which.NEW))
                .filter(c -> !c.ended() && c.phase() != LiveUpdatePhase.PENDING))
        .noneMatch(c -> Losers.isStray(vm, List.of(c.update()), c.pod(), NOW));
  }

  @Test
  void theNewPodOfAnEndedUpdateIsAStrayOnlyWithoutACommitAndAfterAMinute() {
    var vm = machine("web-vmm-1", "run");
    assertThat(of(Which.NEW).filter(Case::ended))
        .allMatch(c ->
            Losers.isStray(vm, List.of(c.update()), c.pod(), NOW)
                == (!c.verdict().equals("Commit") && !c.lately()));
  }

  private static VirtualMachine machine(String holder, String guestRun) {
    var named = Optional.of(holder).filter(h -> !h.isEmpty()).map(h -> ", vmmPod: " + h).orElse("");
    return Serialization.unmarshal(
        """
        metadata: {name: web, uid: vm-uid}
        status: {runID: run, guest: {state: running, runID: %s %s}}
        """
            .formatted(guestRun, named),
        VirtualMachine.class);
  }

  private static Stream<Case> of(Which which) {
    return cases().stream().filter(c -> c.which() == which);
  }

  private static List<Case> cases() {
    var cases = new ArrayList<Case>();
    for (var phase : LiveUpdatePhase.values()) {
      for (var verdict : List.of("", "Commit", "RollBack", "Refused", "Failed")) {
        for (var which : Which.values()) {
          Arrays.stream(Container.values())
              .flatMap(container ->
                  Stream.of(true, false)
                      .map(lately -> new Case(phase, verdict, which, container, lately)))
              .forEach(cases::add);
        }
      }
    }
    return cases;
  }
}
