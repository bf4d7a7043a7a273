package dev.moult.cli.update;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateSpec;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Following;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.ObjectFormat;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code update}: asks for a live update, and watches it. */
@Needs(
    value = {Permission.GET_VM, Permission.CREATE_UPDATE},
    waiting = {Permission.LIST_UPDATES, Permission.WATCH_UPDATES})
@Command(
    name = "update",
    description = {
      "Replace the QEMU under a running guest by what the spec asks for.",
      "%nCreates a LiveUpdate. With --wait its steps are printed as they happen, and the exit code"
          + " is 0 if it is completed, else 1. Ctrl-C ends the watching only."
    })
public final class UpdateCommand implements Callable<Integer> {
  private static final Duration TURN = Duration.ofMillis(200);

  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Option(names = "--wait", description = "Print its steps as they happen, until it has ended.")
  boolean wait;

  @Option(names = "--force", description = "Replace the QEMU even if nothing differs.")
  boolean force;

  @Option(
      names = "--verify-memory",
      description =
          "Read the guest's memory twice while it stands still, and roll back if it changed.")
  boolean verifyMemory;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      description =
          "From its start to its verdict, such as 90s; then it is rolled back. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofMinutes(2);

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "Print the LiveUpdate instead: ${COMPLETION-CANDIDATES}.")
  @Nullable ObjectFormat format;

  @Override
  public Integer call() throws InterruptedException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    try (Cluster cluster = options.connect()) {
      var _ = cluster.machine(name);
      var created = cluster.create(request());
      if (format != null && !wait) {
        cluster.print(created, format, line.getOut());
        return 0;
      }
      var update = created.getMetadata().getName();
      try (var farewell =
          Farewell.unlessEnded(line.getErr(), Terminals.isTerminal(), update, name)) {
        line.getOut().printf("%s created%n", Cluster.nameOf(created));
        line.getOut().flush();
        return wait ? await(cluster, update, line, farewell) : 0;
      }
    }
  }

  private LiveUpdate request() {
    var update = new LiveUpdate();
    update.setMetadata(new ObjectMetaBuilder().withGenerateName(name + "-").build());
    update.setSpec(new LiveUpdateSpec(name, force, timeout.toMillis() + "ms", null, verifyMemory));
    return update;
  }

  private int await(Cluster cluster, String update, CommandLine line, Farewell farewell)
      throws InterruptedException {
    PrintWriter out = line.getOut();
    var progress = new Progress(out, Terminals.isTerminal());
    try (var following = Following.of(cluster.update(update), Permission.WATCH_UPDATES)) {
      LiveUpdate last = follow(following, progress, update);
      farewell.ended();
      progress.end();
      TimelineText.verdict(last).forEach(progress::line);
      if (format != null) {
        cluster.print(last, format, out);
      }
      return last.getStatus().phase() == LiveUpdatePhase.COMPLETED ? 0 : 1;
    }
  }

  private static LiveUpdate follow(Following<LiveUpdate> following, Progress progress, String name)
      throws InterruptedException {
    var text = new TimelineText();
    long began = System.nanoTime();
    String phase = "Pending";
    while (true) {
      var change = following.next(TURN);
      if (change.isPresent()) {
        LiveUpdate now = change.get().object();
        if (now == null) {
          progress.end();
          throw new CommandFailure(
              "liveupdate "
                  + name
                  + " was deleted, which asks for a rollback while that is"
                  + " possible; kubectl get mvm says what runs");
        }
        text.newSteps(now).forEach(progress::line);
        if (TimelineText.ended(now)) {
          return now;
        }
        phase = TimelineText.phase(now);
      }
      progress.turn(phase, Duration.ofNanos(System.nanoTime() - began));
    }
  }
}
