package dev.moult.qemu.machine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** CPU models: what a wish becomes for the first start, and how the host's CPU is frozen. */
public final class CpuModels {

  /** What a guest gets under TCG when it asks for {@code host} or nothing. Equal in every QEMU. */
  public static final String TCG_DEFAULT = "qemu64-v1";

  private static final String HOST = "host";
  private static final String MAX = "max";

  /** A flag's name; QEMU's longest has 33 letters. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}");

  private static final int MAX_VALUE = 64;

  /** Most flags; QEMU 11.1 knows about 450. */
  private static final int MAX_FLAGS = 2048;

  private CpuModels() {}

  /**
   * The CPU for the first start.
   *
   * @param cpu what to write into the command line
   * @param expand whether it is the host's CPU: start with {@code -S}, then {@link #freezeHost},
   *     and put the result into the frozen machine before the guest runs
   */
  public record Choice(FrozenCpu cpu, boolean expand) {}

  /**
   * Chooses the CPU.
   *
   * @param wanted {@code spec.cpu.model}, or null
   * @throws MachineRefusedException {@code CpuModelUnknown} or {@code CpuNotFrozen}
   */
  public static Choice choose(@Nullable String wanted, Accelerator accelerator, ProbeReport probe)
      throws MachineRefusedException {
    String name = wanted == null || wanted.isBlank() ? HOST : wanted.strip();
    if (name.equals(MAX) || name.equals("base")) {
      throw new MachineRefusedException(
          MachineRefusedException.Reason.CPU_NOT_FROZEN,
          "CPU model " + name + " differs from one QEMU to the next; write host or a named model");
    }
    if (name.equals(HOST)) {
      return accelerator == Accelerator.KVM
          ? new Choice(FrozenCpu.named(HOST), true)
          : new Choice(FrozenCpu.named(TCG_DEFAULT), false);
    }
    return new Choice(FrozenCpu.named(versioned(name, probe)), false);
  }

  /** Whether that QEMU knows the frozen model. */
  public static boolean knows(ProbeReport probe, FrozenCpu cpu) {
    return cpu.model().equals("base")
        || probe.cpuModels().stream().anyMatch(model -> model.name().equals(cpu.model()));
  }

  /**
   * Freezes the host's CPU: asks a QEMU that was started with {@code -accel kvm -cpu host -S} for
   * its static expansion (1–3 ms) and writes it as {@code base} and every true flag.
   *
   * @param started the CPU that QEMU was started with; its {@code name=on} and {@code name=off}
   *     flags count
   */
  public static FrozenCpu freezeHost(QmpClient qemu, FrozenCpu started)
      throws QmpException, InterruptedException {
    ObjectNode properties = JsonNodeFactory.instance.objectNode();
    for (String flag : started.flags()) {
      int equals = flag.indexOf('=');
      properties.put(flag.substring(0, equals), flag.endsWith("=on"));
    }
    JsonNode model = qemu.expandCpuModel("static", HOST, properties);
    String cpu = qemu.queryCpus().path(0).path("qom-path").asText();
    List<String> flags = new ArrayList<>(flags(model.path("props")));
    flags.add("phys-bits=" + qemu.qomGet(cpu, "phys-bits").asInt());
    flags.add("host-phys-bits=off");
    flags.add("pmu=" + (qemu.qomGet(cpu, "pmu").asBoolean() ? "on" : "off"));
    String name = model.path("name").asText("base");
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("QEMU expands its CPU to what is none");
    }
    return new FrozenCpu(name, flags);
  }

  /**
   * True flags and values, sorted; false flags are left out: older QEMUs may not know their names.
   *
   * @throws IllegalArgumentException when a hostile QEMU names what cannot be a flag
   */
  static List<String> flags(JsonNode props) {
    List<String> flags = new ArrayList<>();
    props
        .properties()
        .forEach(property -> {
          JsonNode value = property.getValue();
          // They become arguments of every later QEMU of this run, and part of the status.
          if (!NAME.matcher(property.getKey()).matches()
              || value.asText().length() > MAX_VALUE
              || flags.size() == MAX_FLAGS) {
            throw new IllegalArgumentException("QEMU expands its CPU to what is none");
          }
          if (!value.isBoolean()) {
            flags.add(property.getKey() + "=" + CommandLine.escape(value.asText()));
          } else if (value.asBoolean()) {
            flags.add(property.getKey() + "=on");
          }
        });
    flags.sort(null);
    return List.copyOf(flags);
  }

  private static String versioned(String name, ProbeReport probe) throws MachineRefusedException {
    for (ProbeReport.CpuModel model : probe.cpuModels()) {
      if (model.name().equals(name)) {
        return model.aliasOf() == null ? name : model.aliasOf();
      }
    }
    throw new MachineRefusedException(
        MachineRefusedException.Reason.CPU_MODEL_UNKNOWN,
        "QEMU %s has no CPU model %s".formatted(probe.version().numbers(), name));
  }
}
