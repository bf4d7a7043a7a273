package dev.moult.cli.ssh;

import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.Protocol;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where an ssh goes, and as whom.
 *
 * @param port the guest's port
 * @param login the user in the guest; null for ssh's own default
 * @param identity a key file; null for ssh's own defaults
 */
record SshTarget(int port, @Nullable String login, @Nullable Path identity) {
  /**
   * The command to run.
   *
   * @param machine whose guest
   * @param namespace its namespace
   * @param more what the user adds: options of ssh, a command, or both
   * @throws CommandFailure with what is missing, if the guest cannot be reached
   */
  List<String> command(Machine machine, String namespace, List<String> more) {
    String address = address(machine);
    var command = new ArrayList<String>();
    command.add("ssh");
    // Addresses come again for other machines; a host key is the machine's, so known hosts name it.
    command.add("-o");
    command.add("HostKeyAlias=" + machine.name() + "." + namespace + ".mvm");
    command.add("-p");
    command.add(Integer.toString(port));
    if (login != null) {
      command.add("-l");
      command.add(login);
    }
    if (identity != null) {
      command.add("-i");
      command.add(identity.toString());
    }
    command.add(address);
    // OpenSSH takes options after the address too.
    command.addAll(more);
    return command;
  }

  private String address(Machine machine) {
    String name = Cluster.nameOf(machine.vm());
    if (podNetworks(machine).findAny().isEmpty()) {
      throw new CommandFailure(
          name
              + " has no network that is its pod's (spec.networks[].pod); kubectl moult console"
              + " reaches it");
    }
    if (!Machine.guestRuns(machine.vm())) {
      throw new CommandFailure(name + " does not run (" + Machine.describe(machine.vm()) + ")");
    }
    if (!lets(machine)) {
      throw new CommandFailure(
          name
              + " does not let port "
              + port
              + "/TCP in: add {port: "
              + port
              + "} to its spec.networks[].ports, and restart it");
    }
    return machine
        .status()
        .map(VirtualMachineStatus::address)
        .orElseThrow(() -> new CommandFailure(name + " has no address yet (status.address)"));
  }

  /** Status.address is in no other. */
  private static Stream<NetworkSpec> podNetworks(Machine machine) {
    return machine.vm().getSpec().networks().stream().filter(network -> network.pod() != null);
  }

  /** Once ports are listed, no others reach the guest. */
  private boolean lets(Machine machine) {
    return podNetworks(machine)
        .anyMatch(network ->
            network.ports().isEmpty()
                || network.ports().stream()
                    .anyMatch(p -> p.port() == port && p.protocol() == Protocol.TCP));
  }
}
