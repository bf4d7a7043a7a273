package dev.moult.cli.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SshTargetTest {
  private static final String RUNS =
      "{phase: Running, runID: a, guest: {runID: a, state: running}, address: 10.0.0.7}";
  private static final String POD = "networks: [{name: pod, pod: {}}]";

  @Test
  void goesToTheAddressUnderTheMachinesOwnHostKey() {
    var target = new SshTarget(22, "debian", Path.of("key"));

    assertThat(target.command(machine(POD, RUNS), "shop", List.of("-v", "uptime")))
        .containsExactly(
            "ssh",
            "-o",
            "HostKeyAlias=web.shop.mvm",
            "-p",
            "22",
            "-l",
            "debian",
            "-i",
            "key",
            "10.0.0.7",
            "-v",
            "uptime");
  }

  @Test
  void withoutANetworkThereIsNone() {
    assertThatThrownBy(() -> command(machine("networks: []", RUNS)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("has no network");
    assertThatThrownBy(() ->
            command(machine("networks: [{name: blue, multus: {networkName: vlan-10}}]", RUNS)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("has no network that is its pod's");
  }

  @Test
  void ofAMachineThatDoesNotRunThePhaseIsTold() {
    assertThatThrownBy(() ->
            command(
                machine(
                    POD,
                    "{phase: Stopped, conditions: [{type: Ready, status: 'True', reason:"
                        + " Halted}]}")))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("does not run (Stopped)");
  }

  @Test
  void aPortThatIsNotAmongThoseListedIsNamed() {
    var http = machine("networks: [{name: pod, pod: {}, ports: [{port: 80}]}]", RUNS);
    var udp = machine("networks: [{name: pod, pod: {}, ports: [{port: 22, protocol: UDP}]}]", RUNS);
    var ssh = machine("networks: [{name: pod, pod: {}, ports: [{port: 22}]}]", RUNS);

    assertThatThrownBy(() -> command(http))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("add {port: 22} to its spec.networks[].ports");
    assertThatThrownBy(() -> command(udp)).isInstanceOf(CommandFailure.class);
    assertThat(command(ssh)).contains("10.0.0.7");
  }

  private static List<String> command(Machine machine) {
    return new SshTarget(22, null, null).command(machine, "shop", List.of());
  }

  private static Machine machine(String spec, String status) {
    String yaml =
        "apiVersion: moult.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: web}\nspec: {"
            + spec
            + "}\nstatus: "
            + status;
    return new Machine(
        Serialization.unmarshal(yaml, GenericKubernetesResource.class),
        Serialization.unmarshal(yaml, VirtualMachine.class));
  }
}
