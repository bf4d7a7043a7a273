package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code unfreeze}: the guest's file systems take writes again. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "unfreeze",
    description = {
      "Unfreeze the file systems of a virtual machine's guest.",
      "%nRemoves spec.filesystemFreeze.",
      PowerCommand.GITOPS
    })
public final class UnfreezeCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.unfreeze(seen.freezeRequestedAt().isPresent());
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Unfrozen();
  }
}
