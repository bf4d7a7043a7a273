package dev.moult.agent.update;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.MachinePlan;
import dev.moult.agent.run.StartRefusedException;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.MachineTypes;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.qmp.MigrationState;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import dev.moult.wire.Probe;
import java.util.ArrayList;
import java.util.List;

/** Looks for what would keep a handoff from working, and touches nothing. */
public final class Preflight {
  private static final KnownPairs PAIRS = KnownPairs.bundled();

  private Preflight() {}

  /**
   * What was found.
   *
   * @param obstacles one per reason; none when the handoff can begin
   * @param toVersion B's version, three numbers; empty when it did not say
   * @param emptyVfio what the relay does with the empty VFIO subsection
   */
  public record Findings(List<Obstacle> obstacles, String toVersion, EmptyVfio emptyVfio) {
    /** Copies the list. */
    public Findings {
      obstacles = List.copyOf(obstacles);
    }
  }

  /** What the QEMU in charge itself says against any handoff. */
  public static List<Obstacle> ofSource(QmpClient source)
      throws QmpException, InterruptedException {
    return ofSource(source.queryStatus(), source.queryMigrate(), source.queryMemdev());
  }

  static List<Obstacle> ofSource(RunState state, MigrationState migration, JsonNode memory) {
    List<Obstacle> obstacles = new ArrayList<>();
    if (!state.running()) {
      obstacles.add(
          obstacle(
              Reason.GUEST_NOT_RUNNING, "The guest does not run; QEMU says " + state.status()));
    }
    if (!migration.blockedReasons().isEmpty()) {
      obstacles.add(
          obstacle(Reason.NON_MIGRATABLE_DEVICE, String.join("; ", migration.blockedReasons())));
    }
    for (JsonNode backend : memory) {
      if (!backend.path("share").asBoolean(false)) {
        obstacles.add(
            obstacle(
                Reason.PRIVATE_MEMORY,
                "The memory " + backend.path("id").asText("?") + " is not shared."));
        break;
      }
    }
    return obstacles;
  }

  /** What speaks against a handoff of that machine from a running QEMU to that image's. */
  public static Findings ofTarget(QemuVersion from, FrozenMachine machine, Probe probe) {
    ProbeReport report;
    try {
      report = MachinePlan.probe(probe);
    } catch (StartRefusedException e) {
      String message = e.getMessage();
      return new Findings(
          List.of(obstacle(e.reason(), message == null ? e.reason().description() : message)),
          "",
          EmptyVfio.KEEP);
    }
    return ofTarget(from, machine, report);
  }

  static Findings ofTarget(QemuVersion from, FrozenMachine machine, ProbeReport to) {
    List<Obstacle> obstacles = new ArrayList<>();
    String version = to.version().numbers();
    KnownPairs.Answer pair = PAIRS.verdict(from, to.version(), !machine.nics().isEmpty());
    if (!to.supportsCprTransfer()) {
      obstacles.add(
          obstacle(
              Reason.KNOWN_BAD_PAIR,
              "QEMU " + version + " cannot take a running guest over; 10.0 and later can."));
    } else if (pair.verdict() == KnownPairs.Verdict.REFUSE) {
      obstacles.add(
          obstacle(
              Reason.KNOWN_BAD_PAIR, from.numbers() + " to " + version + ": " + pair.reason()));
    }
    if (!MachineTypes.knows(to, machine.machineType())) {
      obstacles.add(
          obstacle(
              Reason.MACHINE_TYPE_UNKNOWN,
              "QEMU " + version + " has no machine type " + machine.machineType() + "."));
    }
    if (!CpuModels.knows(to, machine.cpu())) {
      obstacles.add(
          obstacle(
              Reason.CPU_MODEL_UNKNOWN,
              "QEMU " + version + " has no CPU model " + machine.cpu().model() + "."));
    }
    return new Findings(
        obstacles,
        version,
        pair.verdict() == KnownPairs.Verdict.DROP_EMPTY_VFIO ? EmptyVfio.DROP : EmptyVfio.KEEP);
  }

  private static Obstacle obstacle(Reason reason, String message) {
    return new Obstacle(reason.value(), message);
  }
}
