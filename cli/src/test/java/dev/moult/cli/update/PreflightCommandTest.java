package dev.moult.cli.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.cli.cluster.Machine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class PreflightCommandTest {
  private final StringWriter printed = new StringWriter();

  @Test
  void aMachineThatCanBeUpdatedIsToldWithItsTarget() {
    int code =
        report(
            "{conditions: [{type: Updatable, status: 'True', reason: NoBlockers}],"
                + " vmm: {image: 'q:1', desiredImage: 'q:2', qemuVersion: 10.0.2}}");

    assertThat(code).isZero();
    assertThat(printed)
        .hasToString(
            """
            virtualmachine.moult.dev/web: updatable
              running: QEMU 10.0.2 of q:1
              wished:  q:2
            """);
  }

  @Test
  void everyBlockerIsNamed() {
    int code =
        report(
            "{conditions: [{type: Updatable, status: 'False', reason: PrivateMemory}], updatable:"
                + " {blockers: [{reason: PrivateMemory, message: not shared}, {reason:"
                + " PodRefused}]}, vmm: {image: 'q:1', desiredImage: 'q:1', qemuVersion: 10.0.2}}");

    assertThat(code).isOne();
    assertThat(printed)
        .hasToString(
            """
            virtualmachine.moult.dev/web: not updatable
              PrivateMemory: not shared
              PodRefused
              running: QEMU 10.0.2 of q:1
              the spec asks for the same: update needs --force
            """);
  }

  @Test
  void anAgentThatIsAwayIsTheReason() {
    int code =
        report(
            "{conditions: [{type: Updatable, status: Unknown, reason: AgentLost, message: gone}]}");

    assertThat(code).isOne();
    assertThat(printed)
        .hasToString("virtualmachine.moult.dev/web: not updatable\n  AgentLost: gone\n");
  }

  @Test
  void aHaltedMachineCannotBeUpdated() {
    assertThat(report("{phase: Stopped}")).isOne();
    assertThat(printed).asString().contains("its guest does not run");
  }

  private int report(String status) {
    String yaml =
        "apiVersion: moult.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: web}\nstatus: "
            + status;
    var machine =
        new Machine(
            Serialization.unmarshal(yaml, GenericKubernetesResource.class),
            Serialization.unmarshal(yaml, VirtualMachine.class));
    return PreflightCommand.report(machine, new PrintWriter(printed, true));
  }
}
