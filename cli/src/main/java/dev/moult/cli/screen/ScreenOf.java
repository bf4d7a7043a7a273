package dev.moult.cli.screen;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.output.Printable;

/** Which guests have a screen. */
final class ScreenOf {
  private ScreenOf() {}

  /**
   * The pod in which the screen is served.
   *
   * @throws CommandFailure if the guest has none, or does not run
   */
  static String anchor(Machine machine) {
    String name = Cluster.nameOf(machine.vm());
    if (machine.vm().getSpec().boot().kernel() != null) {
      throw new CommandFailure(
          name
              + " has no screen: it boots a kernel (spec.boot.kernel), and only a guest that boots"
              + " by firmware has one; kubectl moult console reaches it");
    }
    if (!Machine.hasGuest(machine.vm())) {
      throw new CommandFailure(
          name + " does not run (" + Printable.of(Machine.describe(machine.vm())) + ")");
    }
    return machine.name() + ApiNames.ANCHOR_POD_SUFFIX;
  }
}
