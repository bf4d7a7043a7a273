package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code resume}: a paused or suspended guest goes on. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "resume",
    description = {
      "Let a paused or suspended virtual machine go on.",
      "%nSets spec.paused to false, or spec.power to Running.",
      PowerCommand.GITOPS
    })
public final class ResumeCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.resume(seen.paused(), seen.suspended());
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Runs(generation);
  }
}
