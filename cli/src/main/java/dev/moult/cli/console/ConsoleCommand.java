package dev.moult.cli.console;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code console}: the guest's serial console. */
@Needs(
    value = {Permission.GET_VM, Permission.GET_ATTACH, Permission.CREATE_ATTACH},
    waiting = {Permission.LIST_PODS, Permission.WATCH_PODS})
@Command(
    name = "console",
    description = {
      "Connect this terminal to the guest's serial console.",
      "%nLive updates do not touch it; when the line breaks it is made again by itself. What the"
          + " guest prints is filtered: of its escape sequences only those pass that a login, an"
          + " editor or a pager needs. A serial line carries no window size: in the guest, say stty"
          + " rows and cols."
    })
public final class ConsoleCommand implements Callable<Integer> {
  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Option(
      names = "--escape",
      paramLabel = "KEY",
      defaultValue = EscapeKey.DEFAULT,
      description =
          "The key that ends the console, such as ^] or ^a; \"none\" if no key shall. Default:"
              + " ${DEFAULT-VALUE}.")
  String escape = EscapeKey.DEFAULT;

  @Override
  public Integer call() throws IOException, InterruptedException {
    EscapeKey key = key();
    try (Cluster cluster = options.connect()) {
      requireRun(cluster.machine(name));
      String pod = name + ApiNames.ANCHOR_POD_SUFFIX;
      try (var terminal = RawTerminal.open()) {
        var screen = new Screen(terminal.screen());
        try {
          screen.say("console of " + name + "; " + key + " ends it");
          new ConsoleSession(() -> cluster.pod(pod), name, screen, key).run(terminal.keys());
        } finally {
          screen.reset();
        }
      }
    }
    return 0;
  }

  private EscapeKey key() {
    try {
      return EscapeKey.parse(escape);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          java.util.Objects.requireNonNull(spec).commandLine(), "--escape: " + e.getMessage());
    }
  }

  private static void requireRun(Machine machine) {
    var phase = machine.status().map(VirtualMachineStatus::phase).orElse(null);
    if (phase == VirtualMachinePhase.STOPPED || phase == VirtualMachinePhase.FAILED) {
      throw new CommandFailure(
          Cluster.nameOf(machine.vm())
              + " does not run, so it has no console ("
              + Printable.of(Machine.describe(machine.vm()))
              + ", spec.runStrategy is "
              + Printable.of(machine.runStrategy())
              + ")");
    }
  }
}
