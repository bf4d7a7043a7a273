package dev.moult.qemu.probe;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.QemuVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an image's QEMU is and can.
 *
 * @param version its version
 * @param machineTypes its machine types
 * @param cpuModels its CPU models
 */
public record ProbeReport(
    QemuVersion version, List<MachineType> machineTypes, List<CpuModel> cpuModels) {

  /**
   * A machine type.
   *
   * @param name such as {@code pc-q35-10.0}
   * @param alias such as {@code q35}, or null
   * @param deprecated whether QEMU says that it will go
   * @param maxCpus most vCPUs
   */
  public record MachineType(String name, @Nullable String alias, boolean deprecated, int maxCpus) {}

  /**
   * A CPU model.
   *
   * @param name such as {@code qemu64-v1}
   * @param aliasOf the versioned model that this name means in this QEMU, or null
   * @param deprecated whether QEMU says that it will go
   */
  public record CpuModel(String name, @Nullable String aliasOf, boolean deprecated) {}

  /** Copies the lists. */
  public ProbeReport {
    machineTypes = List.copyOf(machineTypes);
    cpuModels = List.copyOf(cpuModels);
  }

  /**
   * Reads a packed transcript.
   *
   * @throws ProbeFormatException when it is no transcript of a QEMU's answers, or too large
   */
  public static ProbeReport parse(byte[] packed) throws ProbeFormatException {
    return TranscriptReader.read(Inflation.inflate(packed));
  }

  /** Whether this QEMU can hand a guest over: cpr-transfer came with 10.0. */
  public boolean supportsCprTransfer() {
    return version.atLeast(10, 0);
  }

  /** The machine type of that exact name. */
  public Optional<MachineType> machineType(String name) {
    return machineTypes.stream().filter(type -> type.name().equals(name)).findFirst();
  }

  static ProbeReport of(QemuVersion version, JsonNode machines, JsonNode cpus)
      throws ProbeFormatException {
    List<MachineType> types = new ArrayList<>();
    for (JsonNode machine : machines) {
      types.add(
          new MachineType(
              Names.required(machine, "name"),
              Names.optional(machine, "alias"),
              machine.path("deprecated").asBoolean(false),
              machine.path("cpu-max").asInt(1)));
    }
    List<CpuModel> models = new ArrayList<>();
    for (JsonNode cpu : cpus) {
      models.add(
          new CpuModel(
              Names.required(cpu, "name"),
              Names.optional(cpu, "alias-of"),
              cpu.path("deprecated").asBoolean(false)));
    }
    return new ProbeReport(version, types, models);
  }
}
