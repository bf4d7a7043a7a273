package dev.moult.cli.power;

import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freeze}: the guest's file systems are frozen for a while. */
@Needs(
    value = {Permission.GET_VM, Permission.PATCH_VM},
    waiting = {Permission.LIST_VMS, Permission.WATCH_VMS})
@Command(
    name = "freeze",
    description = {
      "Freeze the file systems of a virtual machine's guest, for a snapshot of its volumes.",
      "%nSets spec.filesystemFreeze. The guest agent writes out what the guest has not written yet;"
          + " then all writes in the guest wait, until unfreeze or until the time is over. Wait for"
          + " it (--wait) before you take the snapshot.",
      PowerCommand.GITOPS
    })
public final class FreezeCommand extends PowerCommand {
  @Option(
      names = "--unfreeze-after",
      paramLabel = "DURATION",
      defaultValue = "5m",
      description =
          "When they are unfrozen whatever happens, 5s to 10m. Default: ${DEFAULT-VALUE}.")
  Duration unfreezeAfter = Duration.ofMinutes(5);

  private @Nullable Instant asked;

  @Override
  PowerPlan plan(Machine seen, Instant now) {
    PowerPlan plan =
        PowerPlan.freeze(Machine.guestRuns(seen.vm()), now, HumanDuration.format(unfreezeAfter));
    asked = PowerPlan.time(now);
    return plan;
  }

  @Override
  Optional<Instant> lastRequest(Machine seen) {
    return seen.freezeRequestedAt();
  }

  @Override
  PowerGoal goal(Machine before, long generation) {
    return new PowerGoal.Frozen(asked);
  }
}
