package dev.moult.cli.power;

import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the verbs of power have in common: look, change a field, wait. */
abstract class PowerCommand implements Callable<Integer> {
  /** For the help of each verb: who applies manifests from elsewhere changes the field back. */
  static final String GITOPS =
      "%nThis changes the object in the cluster. Where a tool applies it from git, change the"
          + " field there instead: else the tool reports drift, or changes it back.";

  @Mixin ClusterOptions options = new ClusterOptions();
  @Mixin WaitOptions waiting = new WaitOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  abstract PowerPlan plan(Machine seen, Instant now);

  abstract PowerGoal goal(Machine before, long generation);

  /** When somebody last asked for the same; empty where no time is written. */
  Optional<Instant> lastRequest(Machine seen) {
    return seen.restartRequestedAt();
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    try (Cluster cluster = options.connect()) {
      Machine before = cluster.machine(name);
      long generation =
          switch (plan(before, request(before))) {
            case PowerPlan.Impossible impossible ->
                throw new CommandFailure(
                    Cluster.nameOf(before.vm()) + " cannot be changed: " + impossible.why());
            case PowerPlan.Nothing nothing -> {
              out.printf("%s unchanged (%s)%n", Cluster.nameOf(before.vm()), nothing.why());
              yield before.vm().getMetadata().getGeneration();
            }
            case PowerPlan.Change change -> {
              var now = cluster.patchSpec(name, change.fields());
              out.printf("%s patched (%s)%n", Cluster.nameOf(now.vm()), change.words());
              yield now.vm().getMetadata().getGeneration();
            }
          };
      out.flush();
      if (waiting.wait) {
        waiting.await(cluster, name, goal(before, generation), out);
      }
    }
    return 0;
  }

  /**
   * The present time, or one that is later than the last request, whose clock may have been ahead.
   */
  private Instant request(Machine before) {
    Instant now = Instant.now();
    return lastRequest(before).map(last -> last.plusSeconds(1)).filter(now::isBefore).orElse(now);
  }
}
