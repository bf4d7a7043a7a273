package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.operator.node.NodeSight;
import dev.moult.operator.node.NodeState;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Walks all pods that can be seen, and all that their node can say. */
class ProofOfDeathTest {
  private enum Container {
    NONE,
    WAITING,
    RUNNING,
    TERMINATED
  }

  private record Case(
      boolean deleted,
      boolean placed,
      String phase,
      Container container,
      @Nullable String disruption,
      NodeState node) {

    boolean proved() {
      return ProofOfDeath.of(pod(), new NodeSight(node, false, Optional.empty())).isPresent();
    }

    boolean ended() {
      return phase.equals("Failed") || phase.equals("Succeeded");
    }

    Pod pod() {
      var pod =
          new PodBuilder()
              .withNewMetadata()
              .withName("web-vmm-1")
              .withDeletionTimestamp(deleted ? "2026-01-01T12:00:00Z" : null)
              .endMetadata()
              .withNewSpec()
              .withNodeName(placed ? "node1" : null)
              .endSpec()
              .withNewStatus()
              .withPhase(phase)
              .endStatus()
              .build();
      if (container != Container.NONE) {
        pod.setStatus(
            pod.getStatus().toBuilder()
                .addNewContainerStatus()
                .withName("vmm")
                .withState(Objects.requireNonNull(state()))
                .endContainerStatus()
                .build());
      }
      if (disruption != null) {
        pod.getStatus()
            .setConditions(
                List.of(
                    new PodConditionBuilder()
                        .withType("DisruptionTarget")
                        .withStatus("True")
                        .withReason(disruption)
                        .build()));
      }
      return pod;
    }

    private @Nullable ContainerState state() {
      return switch (container) {
        case NONE -> null;
        case WAITING -> new ContainerStateBuilder().withNewWaiting().endWaiting().build();
        case RUNNING -> new ContainerStateBuilder().withNewRunning().endRunning().build();
        case TERMINATED -> new ContainerStateBuilder().withNewTerminated().endTerminated().build();
      };
    }
  }

  @Test
  void onlyADeletedPodIsLetGoOf() {
    assertThat(cases().stream().filter(c -> !c.deleted())).noneMatch(Case::proved);
  }

  @Test
  void whatNeverHadANodeNeverRan() {
    assertThat(cases().stream().filter(c -> c.deleted() && !c.placed())).allMatch(Case::proved);
  }

  @Test
  void theTaintIsAProofWhateverThePodSays() {
    assertThat(cases().stream().filter(c -> c.deleted() && c.node() == NodeState.OUT_OF_SERVICE))
        .allMatch(Case::proved);
  }

  @Test
  void withoutTheTaintWhatRunsOrHasNotEndedIsHeldWhateverTheNodeSays() {
    assertThat(
            withoutTaint().stream().filter(c -> c.container() == Container.RUNNING || !c.ended()))
        .noneMatch(Case::proved);
  }

  @Test
  void theGarbageCollectionsWordIsNoProof() {
    assertThat(
            withoutTaint().stream()
                .filter(c -> "DeletionByPodGC".equals(c.disruption()))
                .filter(c -> c.container() != Container.TERMINATED))
        .noneMatch(Case::proved);
  }

  @Test
  void theKubeletsWordIsOne() {
    assertThat(
            withoutTaint().stream()
                .filter(c -> c.ended() && c.container() != Container.RUNNING)
                .filter(c ->
                    !"DeletionByPodGC".equals(c.disruption())
                        || c.container() == Container.TERMINATED))
        .allMatch(Case::proved);
  }

  private static List<Case> withoutTaint() {
    return cases().stream()
        .filter(c -> c.deleted() && c.placed() && c.node() != NodeState.OUT_OF_SERVICE)
        .toList();
  }

  private static List<Case> cases() {
    var cases = new ArrayList<Case>();
    for (var deleted : List.of(true, false)) {
      for (var placed : List.of(true, false)) {
        for (var phase : List.of("Pending", "Running", "Succeeded", "Failed", "Unknown")) {
          for (var container : Container.values()) {
            for (var disruption : List.of("", "EvictionByEvictionAPI", "DeletionByPodGC")) {
              for (var node : NodeState.values()) {
                cases.add(
                    new Case(
                        deleted,
                        placed,
                        phase,
                        container,
                        disruption.isEmpty() ? null : disruption,
                        node));
              }
            }
          }
        }
      }
    }
    return cases;
  }
}
