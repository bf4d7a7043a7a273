package dev.moult.cli.power;

import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Following;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Whether a verb waits until it is done, and for how long. */
final class WaitOptions {
  @Option(names = "--wait", description = "Wait until it is done, and say what happens.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "5m",
      description = "How long to wait, such as 90s. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofMinutes(5);

  /**
   * Waits, and prints each phase that the machine goes through.
   *
   * @throws CommandFailure if it is not there in time, or gone
   */
  void await(Cluster cluster, String name, PowerGoal goal, PrintWriter out)
      throws InterruptedException {
    long began = System.nanoTime();
    String said = "";
    try (var following = Following.of(cluster.vm(name), Permission.WATCH_VMS)) {
      while (true) {
        Duration passed = Duration.ofNanos(System.nanoTime() - began);
        var change = following.next(timeout.minus(passed));
        if (change.isEmpty()) {
          throw new CommandFailure(
              name
                  + " is not "
                  + goal.words()
                  + " after "
                  + HumanDuration.format(timeout)
                  + "; it goes on without this command. Last seen: "
                  + said);
        }
        VirtualMachine vm = change.get().object();
        if (vm == null) {
          throw new CommandFailure(name + " was deleted");
        }
        if (goal.reached(vm)) {
          out.printf("%s %s%n", Cluster.nameOf(vm), goal.words());
          out.flush();
          return;
        }
        var missed = goal.missed(vm);
        if (missed.isPresent()) {
          throw new CommandFailure(
              name + " is not " + goal.words() + ": " + Printable.of(missed.get()));
        }
        String now = Printable.of(Machine.describe(vm));
        if (!now.equals(said)) {
          said = now;
          out.printf("  %s%n", said);
          out.flush();
        }
      }
    }
  }
}
