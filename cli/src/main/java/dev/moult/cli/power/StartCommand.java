package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code start}: a halted machine is started. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "start",
    description = {
      "Start a virtual machine.",
      "%nA halted one gets spec.runStrategy Always (see --run-strategy). One whose strategy is"
          + " RerunOnFailure or Manual, and whose guest has ended, gets a new"
          + " spec.restartRequestedAt.",
      PowerCommand.GITOPS
    })
public final class StartCommand extends PowerCommand {
  @Option(
      names = "--run-strategy",
      paramLabel = "STRATEGY",
      defaultValue = PowerPlan.ALWAYS,
      description = "The run strategy that a halted machine gets. Default: ${DEFAULT-VALUE}.")
  String strategy = PowerPlan.ALWAYS;

  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.start(seen.runStrategy(), strategy, Machine.guestRuns(seen.vm()), now);
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Runs(generation);
  }
}
