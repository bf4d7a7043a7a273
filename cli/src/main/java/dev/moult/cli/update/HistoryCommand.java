package dev.moult.cli.update;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.ObjectFormat;
import dev.moult.cli.output.Table;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code history}: the live updates that were, and are. */
@Needs({Permission.GET_VM, Permission.LIST_UPDATES})
@Command(
    name = "history",
    description = "List live updates, the oldest first: of one virtual machine, or of all.")
public final class HistoryCommand implements Callable<Integer> {
  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "Name of the virtual machine. Default: all of them.")
  @Nullable String name;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Those of all namespaces.")
  boolean allNamespaces;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "Print the LiveUpdates whole: ${COMPLETION-CANDIDATES}.")
  @Nullable ObjectFormat format;

  @Override
  public Integer call() {
    var line = Objects.requireNonNull(spec).commandLine();
    if (name != null && allNamespaces) {
      throw new ParameterException(line, "a NAME and --all-namespaces exclude each other");
    }
    try (Cluster cluster = options.connect()) {
      if (name != null) {
        var _ = cluster.machine(name);
      }
      List<GenericKubernetesResource> updates = select(cluster);
      if (format != null) {
        cluster.print(updates, format, line.getOut());
      } else if (updates.isEmpty()) {
        line.getErr().println("No live updates found.");
      } else {
        table(updates.stream().map(cluster::asUpdate).toList()).print(line.getOut());
      }
    }
    return 0;
  }

  private List<GenericKubernetesResource> select(Cluster cluster) {
    return cluster.updates(allNamespaces).getItems().stream()
        .filter(update -> name == null || name.equals(update.get("spec", "virtualMachine")))
        .sorted(
            Comparator.comparing((GenericKubernetesResource update) ->
                    update.getMetadata().getCreationTimestamp())
                .thenComparing(update -> update.getMetadata().getName()))
        .toList();
  }

  private Table table(List<LiveUpdate> updates) {
    Table table =
        allNamespaces
            ? new Table("NAMESPACE", "VM", "WHEN", "FROM", "TO", "PAUSE", "PHASE", "REASON", "NAME")
            : new Table("VM", "WHEN", "FROM", "TO", "PAUSE", "PHASE", "REASON", "NAME");
    for (LiveUpdate update : updates) {
      @Nullable Object[] cells = {
        update.getMetadata().getNamespace(),
        update.getSpec().virtualMachine(),
        update.getMetadata().getCreationTimestamp(),
        of(update, status -> version(status.from())),
        of(update, status -> version(status.to())),
        of(update, LiveUpdateStatus::pause),
        TimelineText.phase(update),
        of(update, LiveUpdateStatus::reason),
        update.getMetadata().getName()
      };
      table.add(allNamespaces ? cells : java.util.Arrays.copyOfRange(cells, 1, cells.length));
    }
    return table;
  }

  private static @Nullable String of(
      LiveUpdate update, Function<LiveUpdateStatus, @Nullable String> field) {
    return update.getStatus() == null ? null : field.apply(update.getStatus());
  }

  private static @Nullable String version(@Nullable UpdateSide side) {
    return side == null ? null : side.qemuVersion();
  }
}
