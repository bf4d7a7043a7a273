package dev.moult.operator.autopsy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.AutopsyPhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.operator.cluster.Slim;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an autopsy says, by what is seen. */
class AutopsyPlannerTest {
  private static final Instant CREATED = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant EXPIRES = CREATED.plusSeconds(600);
  private static final Optional<VirtualMachine> PLACED = vm("{nodeName: node-a}");

  @Test
  void namesTheNodeBeforeAnyAgentsWork() {
    var plan = AutopsyPlanner.plan(autopsy("{}"), PLACED, CREATED);

    assertThat(plan.over()).isFalse();
    assertThat(plan.status().nodeName()).isEqualTo("node-a");
    assertThat(plan.status().phase()).isEqualTo(AutopsyPhase.PENDING);
    assertThat(plan.status().expiresAt()).isEqualTo(EXPIRES);
    assertThat(plan.wakeAt()).isEqualTo(CREATED.plus(AutopsyPlanner.PATIENCE));
  }

  @Test
  void saysThatThereIsNoMachine() {
    var plan = AutopsyPlanner.plan(autopsy("{}"), Optional.empty(), CREATED);

    assertThat(plan.status().phase()).isEqualTo(AutopsyPhase.FAILED);
    assertThat(plan.status().message()).isEqualTo("There is no VirtualMachine web.");
    assertThat(plan.status().nodeName()).isNull();
  }

  @Test
  void saysThatTheMachineHasNoMemory() {
    var plan = AutopsyPlanner.plan(autopsy("{}"), vm("{phase: Stopped}"), CREATED);

    assertThat(plan.status().phase()).isEqualTo(AutopsyPhase.FAILED);
    assertThat(plan.status().message()).contains("nothing holds its memory");
  }

  @Test
  void followsTheAgent() {
    var read =
        AutopsyPlanner.plan(
            autopsy("{nodeName: node-a, phase: Pending, findings: {uid: u, readable: true}}"),
            Optional.empty(),
            CREATED);
    var unreadable =
        AutopsyPlanner.plan(
            autopsy(
                "{nodeName: node-a, phase: Pending, findings: {uid: u, readable: false, message:"
                    + " no kernel}}"),
            Optional.empty(),
            CREATED);
    var another =
        AutopsyPlanner.plan(
            autopsy("{nodeName: node-a, phase: Pending, findings: {uid: other, readable: true}}"),
            Optional.empty(),
            CREATED);

    assertThat(read.status().phase()).isEqualTo(AutopsyPhase.COMPLETED);
    assertThat(read.wakeAt()).isEqualTo(EXPIRES);
    assertThat(unreadable.status().phase()).isEqualTo(AutopsyPhase.FAILED);
    assertThat(unreadable.status().message()).isEqualTo("no kernel");
    assertThat(another.status().phase()).isEqualTo(AutopsyPhase.PENDING);
  }

  @Test
  void waitsForAnAgentNoLongerThanAMinute() {
    var autopsy = autopsy("{nodeName: node-a, phase: Pending}");
    var end = CREATED.plus(AutopsyPlanner.PATIENCE);

    assertThat(AutopsyPlanner.plan(autopsy, PLACED, end.minusMillis(1)).status().phase())
        .isEqualTo(AutopsyPhase.PENDING);
    var late = AutopsyPlanner.plan(autopsy, PLACED, end).status();
    assertThat(late.phase()).isEqualTo(AutopsyPhase.FAILED);
    assertThat(late.message()).contains("node-a");
  }

  @Test
  void keepsItsWordAndGoesAtItsTime() {
    var failed =
        autopsy(
            "{phase: Failed, message: gone, nodeName: node-a, findings: {uid: u, readable: true}}");

    assertThat(AutopsyPlanner.plan(failed, PLACED, CREATED).status().phase())
        .isEqualTo(AutopsyPhase.FAILED);
    assertThat(AutopsyPlanner.plan(failed, PLACED, EXPIRES.minusMillis(1)).over()).isFalse();
    assertThat(AutopsyPlanner.plan(failed, PLACED, EXPIRES).over()).isTrue();
  }

  @Test
  void theOperatorsCacheHasNoGuestsLog() {
    var slim =
        Slim.autopsy(
            autopsy(
                "{nodeName: node-a, findings: {uid: u, readable: true, log: secret, kernel: k}}"));

    var findings = Objects.requireNonNull(slim.getStatus().findings());
    assertThat(findings.log()).isNull();
    assertThat(findings.readable()).isTrue();
    assertThat(Serialization.asYaml(slim)).doesNotContain("secret");
  }

  private static VirtualMachineAutopsy autopsy(String status) {
    return Serialization.unmarshal(
        """
        metadata: {name: web-1, namespace: default, uid: u, generation: 1, creationTimestamp: "%s"}
        spec: {virtualMachine: web}
        status: %s
        """
            .formatted(CREATED, status),
        VirtualMachineAutopsy.class);
  }

  private static Optional<VirtualMachine> vm(String status) {
    return Optional.of(
        Serialization.unmarshal(
            """
            metadata: {name: web, namespace: default}
            spec: {cpu: {cores: 1}, memory: {size: 512Mi}, boot: {kernel: {image: guest}}}
            status: %s
            """
                .formatted(status),
            VirtualMachine.class));
  }
}
