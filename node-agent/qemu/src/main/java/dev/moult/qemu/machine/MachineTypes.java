package dev.moult.qemu.machine;

import dev.moult.qemu.probe.ProbeReport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Machine types: an alias moves with each QEMU, so it is frozen into a versioned type at start. */
public final class MachineTypes {

  /** What a VirtualMachine without {@code machineType} gets. */
  public static final String DEFAULT = "q35";

  private static final Pattern VERSIONED = Pattern.compile("pc-(q35|i440fx)-\\d+\\.\\d+(\\.\\d+)?");

  private MachineTypes() {}

  /**
   * The versioned type that a wish means for one QEMU.
   *
   * @param wanted an alias ({@code q35}, {@code pc}), a versioned type, or null for the default
   * @param probe what the image's QEMU can
   * @throws MachineRefusedException {@code MachineTypeUnknown}
   */
  public static String resolve(@Nullable String wanted, ProbeReport probe)
      throws MachineRefusedException {
    String name = wanted == null || wanted.isBlank() ? DEFAULT : wanted.strip();
    String versioned =
        probe.machineTypes().stream()
            .filter(type -> type.name().equals(name) || name.equals(type.alias()))
            .map(ProbeReport.MachineType::name)
            .filter(type -> VERSIONED.matcher(type).matches())
            .findFirst()
            .orElse(null);
    if (versioned == null) {
      throw new MachineRefusedException(
          MachineRefusedException.Reason.MACHINE_TYPE_UNKNOWN,
          "QEMU %s has no machine type %s that can be updated live; write q35, pc or a versioned one such as %s"
              .formatted(probe.version().numbers(), name, newestQ35(probe)));
    }
    return versioned;
  }

  /** Whether that QEMU can build the frozen type: 11.1 has none before 5.2. */
  public static boolean knows(ProbeReport probe, String versioned) {
    return probe.machineTypes().stream().anyMatch(type -> type.name().equals(versioned));
  }

  private static String newestQ35(ProbeReport probe) {
    return probe.machineTypes().stream()
        .filter(type -> "q35".equals(type.alias()))
        .map(ProbeReport.MachineType::name)
        .findFirst()
        .orElse("pc-q35-10.0");
  }
}
