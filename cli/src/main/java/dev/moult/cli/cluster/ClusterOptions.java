package dev.moult.cli.cluster;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster, and who calls: the options of kubectl of the same names. */
public final class ClusterOptions {
  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Namespace of the virtual machine. Default: that of the context.")
  @Nullable String namespace;

  @Option(
      names = "--context",
      paramLabel = "CONTEXT",
      description = "Context of the kubeconfig to use. Default: its current one.")
  @Nullable String context;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The kubeconfig. Default: $KUBECONFIG, else ~/.kube/config.")
  @Nullable Path kubeconfig;

  @Option(names = "--as", paramLabel = "USER", description = "User to impersonate.")
  @Nullable String as;

  @Option(
      names = "--as-group",
      paramLabel = "GROUP",
      description = "Group to impersonate; may be given more than once.")
  @Nullable List<String> asGroups;

  /**
   * Reads the kubeconfig; nothing is sent yet.
   *
   * @throws CommandFailure if there is none, or no such context in it
   */
  public Cluster connect() {
    return Cluster.of(Kubeconfig.read(this));
  }
}
