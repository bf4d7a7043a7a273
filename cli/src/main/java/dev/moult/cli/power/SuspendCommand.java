package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code suspend}: the guest is put aside, and goes on later where it was. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "suspend",
    description = {
      "Put a virtual machine aside: its state is saved, its memory kept, and no QEMU runs.",
      "%nSets spec.power to Suspended. Let it go on by resume, under the QEMU of the spec then. What"
          + " is suspended stays on its node, and is lost with the node's power.",
      PowerCommand.GITOPS
    })
public final class SuspendCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.suspend(Machine.hasGuest(seen.vm()), seen.paused(), seen.suspended());
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Suspended(generation);
  }
}
