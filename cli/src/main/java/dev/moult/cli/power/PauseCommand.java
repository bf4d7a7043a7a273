package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code pause}: the guest stands still, and its memory is kept. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "pause",
    description = {
      "Pause a virtual machine: its processors stand still, its memory is kept.",
      "%nSets spec.paused to true. Its Services do not reach it meanwhile. Live updates go on, and"
          + " leave it paused.",
      PowerCommand.GITOPS
    })
public final class PauseCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.pause(seen.runStrategy(), seen.paused());
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Paused(generation);
  }
}
