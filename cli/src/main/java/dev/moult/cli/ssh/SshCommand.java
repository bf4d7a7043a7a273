package dev.moult.cli.ssh;

import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ssh}: the user's own ssh, to the guest's address. */
@Needs(Permission.GET_VM)
@Command(
    name = "ssh",
    description = {
      "Run ssh to the guest, at the virtual machine's address in the pod network.",
      "%nWhat follows -- is given to ssh: its options, a command, or both. The exit code is ssh's."
          + " Host keys are kept under NAME.NAMESPACE.mvm, as addresses change with each run."
    })
public final class SshCommand implements Callable<Integer> {
  /** What ssh(1) ends with when it is ssh itself that failed. */
  private static final int SSH_FAILED = 255;

  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Parameters(
      index = "1..*",
      paramLabel = "ARGUMENT",
      description = "Options and command for ssh, after --.")
  List<String> arguments = List.of();

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      defaultValue = "22",
      description = "The guest's port. Default: ${DEFAULT-VALUE}.")
  int port = 22;

  @Option(
      names = {"-l", "--login"},
      paramLabel = "USER",
      description = "User in the guest. Default: ssh's own.")
  @Nullable String login;

  @Option(
      names = {"-i", "--identity"},
      paramLabel = "FILE",
      description = "Key file. Default: ssh's own.")
  @Nullable Path identity;

  @Override
  public Integer call() throws InterruptedException {
    Machine machine;
    String namespace;
    try (Cluster cluster = options.connect()) {
      machine = cluster.machine(name);
      namespace = cluster.namespace();
    }
    var target = new SshTarget(port, login, identity);
    int code = run(target.command(machine, namespace, arguments));
    if (code == SSH_FAILED) {
      Objects.requireNonNull(spec)
          .commandLine()
          .getErr()
          .println(
              "If the guest did not answer: the pod network must be reachable from here, and sshd"
                  + " run in the guest.");
    }
    return code;
  }

  private static int run(List<String> command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new CommandFailure("ssh cannot be run: " + e.getMessage(), e);
    }
  }
}
