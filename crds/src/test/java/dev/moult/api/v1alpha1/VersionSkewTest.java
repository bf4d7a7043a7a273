package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Operator and agents of different versions read each other's objects: docs/architecture.md. */
class VersionSkewTest {

  @Test
  void fieldsOfANewerVersionAreReadOver() {
    var vm =
        Serialization.unmarshal(
            """
            metadata: {name: web}
            spec:
              cpu: {cores: 2, later: 1}
              memory: {size: 1Gi, later: {a: b}}
              boot: {kernel: {image: "guest:1", later: true}}
              later: [1]
            status:
              phase: Running
              later: {a: b}
              guest: {state: running, later: 1}
              vmm: {pod: web-vmm-1, later: 1}
              conditions: [{type: Later, status: "True", reason: New, later: 1}]
            """,
            VirtualMachine.class);
    var update =
        Serialization.unmarshal(
            """
            metadata: {name: up}
            spec: {virtualMachine: web, later: 1}
            status:
              phase: Checking
              later: 1
              handoff: {verdict: Commit, reason: Later, later: 1}
              timeline: [{step: Later, at: "2026-01-01T00:00:00Z", later: 1}]
            """,
            LiveUpdate.class);

    assertThat(vm.getSpec().cpu().cores()).isEqualTo(2);
    assertThat(vm.getStatus().phase()).isEqualTo(VirtualMachinePhase.RUNNING);
    assertThat(vm.getStatus().conditions()).extracting(Condition::type).containsExactly("Later");
    assertThat(Objects.requireNonNull(update.getStatus().handoff()).verdict())
        .isEqualTo(Verdict.COMMIT);
    assertThat(update.getStatus().timeline())
        .extracting(TimelineEntry::step)
        .containsExactly("Later");
  }

  /** A guess would be worse: which is why a value is read one release before it is written. */
  @Test
  void aValueOfANewerVersionIsRefusedByName() {
    assertThatThrownBy(
            () -> Serialization.unmarshal("status: {phase: Migrating}", VirtualMachine.class))
        .rootCause()
        .hasMessageContaining("VirtualMachinePhase")
        .hasMessageContaining("Migrating");
  }
}
