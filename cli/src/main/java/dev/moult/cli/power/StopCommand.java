package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code stop}: the guest is powered down and stays so. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "stop",
    description = {
      "Power a virtual machine down, and keep it so.",
      "%nSets spec.runStrategy to Halted. The guest is asked to power itself down, and killed after"
          + " spec.terminationGracePeriodSeconds.",
      PowerCommand.GITOPS
    })
public final class StopCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.stop(seen.runStrategy());
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Stopped(generation);
  }
}
