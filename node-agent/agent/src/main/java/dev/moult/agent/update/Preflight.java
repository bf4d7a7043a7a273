package dev.moult.agent.update;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.run.MachinePlan;
import dev.moult.agent.run.StartRefusedException;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.BlockingDevices;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks for what would keep a handoff from working, and touches nothing. */
public final class Preflight {
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

    /** With others before these; each reason counts once. */
    Findings and(List<Obstacle> others) {
      Map<String, Obstacle> all = new LinkedHashMap<>();
      others.forEach(one -> all.putIfAbsent(one.reason(), one));
      obstacles.forEach(one -> all.putIfAbsent(one.reason(), one));
      return new Findings(List.copyOf(all.values()), toVersion, emptyVfio);
    }
  }

  /**
   * What the QEMU in charge says of itself.
   *
   * @param version its own
   * @param state whether its guest runs
   * @param migration what it says blocks a migration
   * @param memory its memory backends
   * @param auxShared whether what it allocates besides is shared too ({@code aux-ram-share})
   * @param deviceTypes types of the devices that were added to the board
   */
  record Source(
      QemuVersion version,
      RunState state,
      MigrationState migration,
      JsonNode memory,
      boolean auxShared,
      List<String> deviceTypes) {}

  /**
   * What speaks against any handoff from that QEMU: seven short commands, nothing is touched.
   *
   * @param asleep the guest's owner has paused it, and it stays so
   */
  public static List<Obstacle> ofSource(QmpClient source, FrozenMachine machine, boolean asleep)
      throws QmpException, InterruptedException {
    List<String> types = new ArrayList<>();
    types.addAll(children(source, "/machine/peripheral"));
    types.addAll(children(source, "/machine/peripheral-anon"));
    return ofSource(
        new Source(
            source.version(),
            source.queryStatus(),
            source.queryMigrate(),
            source.queryMemdev(),
            auxShared(source),
            types),
        machine,
        asleep);
  }

  private static boolean auxShared(QmpClient source) throws QmpException, InterruptedException {
    try {
      return source.qomGet("/machine", "aux-ram-share").asBoolean(false);
    } catch (QmpException.Refused e) {
      return false; // a QEMU before 10.0
    }
  }

  private static List<String> children(QmpClient source, String path)
      throws QmpException, InterruptedException {
    List<String> types = new ArrayList<>();
    for (JsonNode child : source.qomList(path)) {
      String type = child.path("type").asText("");
      if (type.startsWith("child<") && type.endsWith(">")) {
        types.add(type.substring("child<".length(), type.length() - 1));
      }
    }
    return types;
  }

  static List<Obstacle> ofSource(Source source, FrozenMachine machine, boolean asleep) {
    List<Obstacle> obstacles = new ArrayList<>();
    String status = source.state().status();
    if (!source.state().running() && !(asleep && status.equals("paused"))) {
      obstacles.add(
          obstacle(
              Reason.GUEST_NOT_RUNNING,
              "The guest does not run; QEMU says "
                  + status
                  + (asleep ? ". Let it go on first (spec.paused: false)." : ".")));
    }
    if (!source.version().atLeast(10, 0)) {
      obstacles.add(
          obstacle(
              Reason.KNOWN_BAD_PAIR,
              "QEMU "
                  + source.version().numbers()
                  + " cannot hand a running guest over; 10.0 and later can."));
    }
    List<String> unmovable = new ArrayList<>(BlockingDevices.among(source.deviceTypes()));
    unmovable.addAll(source.migration().blockedReasons());
    if (!unmovable.isEmpty()) {
      obstacles.add(obstacle(Reason.NON_MIGRATABLE_DEVICE, String.join("; ", unmovable)));
    }
    privateMemory(source).ifPresent(obstacles::add);
    String model = machine.cpu().model();
    if (model.equals("host") || model.equals("max")) {
      obstacles.add(
          obstacle(
              Reason.CPU_NOT_FROZEN,
              "The guest's CPU is "
                  + model
                  + ", which each QEMU makes otherwise; it is written out at the next start."));
    }
    return obstacles;
  }

  private static Optional<Obstacle> privateMemory(Source source) {
    List<String> own = new ArrayList<>();
    for (JsonNode backend : source.memory()) {
      if (!backend.path("share").asBoolean(false)) {
        own.add("The memory " + PeerText.clean(backend.path("id").asText("?")) + " is not shared.");
      }
    }
    if (!source.auxShared()) {
      own.add("QEMU was started without aux-ram-share=on: firmware and ROMs are not shared.");
    }
    return own.isEmpty()
        ? Optional.empty()
        : Optional.of(obstacle(Reason.PRIVATE_MEMORY, String.join(" ", own)));
  }

  /** What speaks against a handoff of that machine from a running QEMU to that image's. */
  public static Findings ofTarget(
      KnownPairs pairs, QemuVersion from, FrozenMachine machine, Probe probe) {
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
    return ofTarget(pairs, from, machine, report);
  }

  static Findings ofTarget(
      KnownPairs pairs, QemuVersion from, FrozenMachine machine, ProbeReport to) {
    List<Obstacle> obstacles = new ArrayList<>();
    String version = to.version().numbers();
    KnownPairs.Answer pair = pairs.verdict(from, to.version(), !machine.nics().isEmpty());
    if (!to.supportsCprTransfer()) {
      obstacles.add(
          obstacle(
              Reason.KNOWN_BAD_PAIR,
              "QEMU " + version + " cannot take a running guest over; 10.0 and later can."));
    } else if (pair.verdict() == KnownPairs.Verdict.REFUSE) {
      obstacles.add(
          obstacle(
              Reason.KNOWN_BAD_PAIR,
              "%s to %s: %s (%s)"
                  .formatted(from.numbers(), version, pair.reason(), pair.source())));
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
