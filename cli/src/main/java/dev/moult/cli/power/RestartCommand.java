package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code restart}: the guest is powered down and started again, once. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "restart",
    description = {
      "Power a virtual machine down and start it again, once.",
      "%nSets spec.restartRequestedAt to the present time. What waits for a restart"
          + " (condition RestartRequired) takes effect. To replace only its QEMU, use update: the"
          + " guest goes on.",
      PowerCommand.GITOPS
    })
public final class RestartCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.restart(seen.runStrategy(), now);
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return PowerGoal.Restarted.from(before, generation);
  }
}
