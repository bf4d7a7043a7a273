package dev.moult.cli.top;

import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.NodeAgents;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code top}: what virtual machines use. */
@Needs({Permission.LIST_VMS, Permission.LIST_AGENTS, Permission.ASK_AGENTS})
@Command(
    name = "top",
    description = {
      "Show what virtual machines use now: CPU, memory, disks, network.",
      "%nThe agents of their nodes are asked twice, and the difference is shown. What is not known"
          + " is a dash: of a virtual machine that does not run, that began anew meanwhile, or whose"
          + " agent does not answer. The exit code is 1 if no agent answers."
    })
public final class TopCommand implements Callable<Integer> {
  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = "Names of virtual machines. Default: all of them.")
  List<String> names = List.of();

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Those of all namespaces.")
  boolean allNamespaces;

  @Option(
      names = "--sort-by",
      paramLabel = "WHAT",
      description = "The greatest first: ${COMPLETION-CANDIDATES}. Default: by name.")
  @Nullable SortBy sortBy;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      defaultValue = "2s",
      description =
          "For how long it is looked, such as 10s. A virtual machine of which nothing new is known"
              + " then is waited for, up to 11 s. Default: ${DEFAULT-VALUE}.")
  Duration interval = Duration.ofSeconds(2);

  @Option(names = "--no-headers", description = "Print no names of columns.")
  boolean noHeaders;

  @Option(
      names = "--system-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "moult-system",
      description = "Namespace in which Moult is installed. Default: ${DEFAULT-VALUE}.")
  String system = "moult-system";

  @Override
  public Integer call() throws InterruptedException {
    var line = Objects.requireNonNull(spec).commandLine();
    if (!names.isEmpty() && allNamespaces) {
      throw new ParameterException(line, "a NAME and --all-namespaces exclude each other");
    }
    if (!interval.isPositive()) {
      throw new ParameterException(line, "--interval is longer than nothing");
    }
    try (Cluster cluster = options.connect()) {
      List<Machine> machines =
          names.isEmpty() ? cluster.machines(allNamespaces) : cluster.machines(Set.copyOf(names));
      if (machines.isEmpty()) {
        line.getErr().println("No virtual machines found.");
        return 0;
      }
      return show(machines, cluster, line);
    }
  }

  private int show(List<Machine> machines, Cluster cluster, CommandLine line)
      throws InterruptedException {
    Map<VmName, Usage> usages = new HashMap<>();
    Map<VmName, String> nodes = new HashMap<>();
    for (Machine machine : machines) {
      usages.put(nameOf(machine), Usage.UNKNOWN);
      String node = node(machine);
      if (node != null) {
        nodes.put(nameOf(machine), node);
      }
    }
    boolean anybody = true;
    if (!nodes.isEmpty()) {
      NodeAgents agents = cluster.agents(system);
      Survey.Result seen = new Survey(nodes, new Agents(agents), Thread::sleep).make(interval);
      anybody = !seen.silent().keySet().containsAll(nodes.values());
      if (!anybody && seen.silent().values().stream().anyMatch(Answer.Failed::forbidden)) {
        throw agents.refusal();
      }
      warn(seen, line.getErr());
      usages.putAll(seen.usages());
    }
    new UsageTable(usages, sortBy, allNamespaces).print(line.getOut(), !noHeaders);
    return anybody ? 0 : 1;
  }

  private static VmName nameOf(Machine machine) {
    return new VmName(machine.vm().getMetadata().getNamespace(), machine.name());
  }

  /** Where its guest runs; null if it does not. */
  private static @Nullable String node(Machine machine) {
    var status = machine.vm().getStatus();
    return status != null && Machine.hasGuest(machine.vm()) ? status.nodeName() : null;
  }

  private static void warn(Survey.Result seen, PrintWriter err) {
    seen.silent()
        .forEach((node, failed) ->
            err.println(
                "warning: the node agent of "
                    + Printable.of(node)
                    + " does not answer: "
                    + failed.why()));
    seen.old()
        .forEach(node ->
            err.println(
                "warning: the node agent of "
                    + Printable.of(node)
                    + " is older than this plugin, and does not say when it has read: no rates"));
    err.flush();
  }
}
