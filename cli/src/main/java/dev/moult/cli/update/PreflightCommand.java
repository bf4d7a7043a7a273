package dev.moult.cli.update;

import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.UpdatableStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VmmStatus;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code preflight}: whether a live update could be done now. */
@Needs(Permission.GET_VM)
@Command(
    name = "preflight",
    description = {
      "Say whether a live update can be done now, and all that stands in its way.",
      "%nThe exit code is 0 if it can, else 1. Nothing is changed."
    })
public final class PreflightCommand implements Callable<Integer> {
  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    try (Cluster cluster = options.connect()) {
      return report(cluster.machine(name), out);
    }
  }

  static int report(Machine machine, PrintWriter out) {
    Optional<Condition> updatable = machine.condition(ConditionType.UPDATABLE);
    List<Blocker> blockers =
        machine
            .status()
            .map(VirtualMachineStatus::updatable)
            .map(UpdatableStatus::blockers)
            .orElse(List.of());
    boolean can =
        blockers.isEmpty() && updatable.filter(c -> c.status() == ConditionStatus.TRUE).isPresent();
    out.println(Cluster.nameOf(machine.vm()) + ": " + (can ? "updatable" : "not updatable"));
    updatable
        .filter(condition -> !can && blockers.isEmpty())
        .ifPresentOrElse(
            condition -> out.println("  " + words(condition)),
            () -> {
              if (!can && blockers.isEmpty()) {
                out.println("  its guest does not run, or no node agent has looked at it yet");
              }
            });
    blockers.forEach(blocker -> out.println("  " + Blockers.line(blocker)));
    machine.status().map(VirtualMachineStatus::vmm).ifPresent(vmm -> out.println(target(vmm)));
    out.flush();
    return can ? 0 : 1;
  }

  private static String target(VmmStatus vmm) {
    String running =
        "  running: QEMU " + Printable.of(vmm.qemuVersion()) + " of " + Printable.of(vmm.image());
    return Objects.equals(vmm.image(), vmm.desiredImage())
        ? running + System.lineSeparator() + "  the spec asks for the same: update needs --force"
        : running + System.lineSeparator() + "  wished:  " + Printable.of(vmm.desiredImage());
  }

  private static String words(Condition condition) {
    return Printable.of(condition.reason())
        + (condition.message() == null ? "" : ": " + Printable.of(condition.message()));
  }
}
