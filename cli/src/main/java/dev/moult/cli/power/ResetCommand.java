package dev.moult.cli.power;

import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code reset}: the reset button, once. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "reset",
    description = {
      "Press the reset button of a virtual machine, once.",
      "%nSets spec.resetRequestedAt to the present time. What the guest has not written to its disks"
          + " is lost, as when the power fails; its QEMU stays. To let it shut down in order, and to"
          + " start it from the spec, use restart.",
      PowerCommand.GITOPS
    })
public final class ResetCommand extends PowerCommand {
  @Override
  PowerPlan plan(Machine seen, Instant now) {
    return PowerPlan.reset(Machine.hasGuest(seen.vm()), now);
  }

  @Override
  Optional<Instant> lastRequest(Machine seen) {
    return seen.resetRequestedAt();
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return PowerGoal.Reset.from(before, generation);
  }
}
