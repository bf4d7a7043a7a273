package dev.moult.operator.pod;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.KernelBoot;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.UefiSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.operator.disk.InlineData;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a spec that a run is started from and that only a restart can change, by path and
 * canonical value ({@code 2Gi} and {@code 2048Mi} are the same). The anchor carries them.
 *
 * @param fields path such as {@code spec.memory.size} to value
 */
public record RunSpec(SortedMap<String, String> fields) {
  private static final TypeReference<TreeMap<String, String>> FIELDS = new TypeReference<>() {};
  private static final String CLAIM = "persistentVolumeClaim.claimName";
  private static final String VARIABLES_CLAIM = "spec.boot.uefi.variables.claimName";

  /** The run that a spec would start. */
  public static RunSpec of(VirtualMachineSpec spec) {
    var fields = new TreeMap<String, String>();
    put(fields, "spec.cpu.cores", spec.cpu().cores());
    put(fields, "spec.cpu.model", spec.cpu().model());
    put(fields, "spec.memory.size", bytes(spec.memory().size()));
    if (spec.memory().hugePageSize() != null) {
      put(fields, "spec.memory.hugePageSize", spec.memory().hugePageSize().word());
    }
    put(fields, "spec.machineType", spec.machineType());
    put(fields, "spec.vmm.acceleration", spec.vmm().acceleration());
    put(fields, "spec.boot.firmware", spec.boot().firmware());
    var uefi = spec.boot().uefi();
    if (uefi != null) {
      putUefi(fields, uefi);
    }
    if (spec.watchdog() != null) {
      put(fields, "spec.watchdog.action", spec.watchdog().action());
    }
    if (spec.smbios() != null) {
      put(fields, "spec.smbios.serial", spec.smbios().serial());
    }
    var kernel = spec.boot().kernel();
    if (kernel != null) {
      putKernel(fields, kernel);
    }
    spec.disks().forEach(disk -> putDisk(fields, disk));
    spec.networks().forEach(network -> putNetwork(fields, network));
    if (spec.networks().size() > 1) {
      // Their order is that of the guest's network cards.
      put(fields, "spec.networks", spec.networks().stream().map(NetworkSpec::name).toList());
    }
    putProbe(fields, "spec.readinessProbe", spec.readinessProbe());
    putProbe(fields, "spec.livenessProbe", spec.livenessProbe());
    putProbe(fields, "spec.startupProbe", spec.startupProbe());
    return new RunSpec(fields);
  }

  /** The run that an anchor was made for; empty if its annotation is missing or not readable. */
  public static Optional<RunSpec> read(@Nullable Map<String, String> annotations) {
    var json = annotations == null ? null : annotations.get(PodNames.RUN_SPEC);
    if (json == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new RunSpec(Serialization.unmarshal(json, FIELDS)));
    } catch (KubernetesClientException notOurs) {
      return Optional.empty();
    }
  }

  /** As it stands in the anchor's annotation. */
  public String json() {
    return Serialization.asJson(fields);
  }

  /** Names of the PersistentVolumeClaims that the run uses. */
  public Stream<String> claims() {
    return fields.entrySet().stream()
        .filter(field ->
            field.getKey().endsWith("]." + CLAIM) || field.getKey().equals(VARIABLES_CLAIM))
        .map(Map.Entry::getValue);
  }

  /** Paths whose values differ, in alphabetical order. */
  public List<String> differences(RunSpec other) {
    var paths = new TreeSet<>(fields.keySet());
    paths.addAll(other.fields.keySet());
    return paths.stream()
        .filter(path -> !Objects.equals(fields.get(path), other.fields.get(path)))
        .map(path -> inBoth(item(path), other) ? path : item(path))
        .distinct()
        .toList();
  }

  /** A list's entry that one of both lacks is named once, not with all that is in it. */
  private boolean inBoth(String item, RunSpec other) {
    return has(item) && other.has(item);
  }

  private boolean has(String item) {
    return fields.keySet().stream().anyMatch(path -> item(path).equals(item));
  }

  /** The entry of a list that a path leads into, such as {@code spec.disks[root]}; else itself. */
  private static String item(String path) {
    var end = path.indexOf("].");
    return end < 0 ? path : path.substring(0, end + 1);
  }

  /**
   * Digest of everything that the pods of a run are built from: a guest that has not run yet is
   * built anew when it changes.
   */
  public static String buildDigest(VirtualMachineSpec spec, PodImages images) {
    var image = spec.vmm().image();
    var inputs =
        Map.of(
            "run", of(spec).json(),
            "vmm", image == null ? images.defaultVmm() : image,
            "launcher", images.launcher(),
            "placement",
                Serialization.asJson(
                    List.of(
                        new TreeMap<>(spec.nodeSelector()),
                        spec.tolerations(),
                        Optional.ofNullable(spec.affinity()).map(Object.class::cast).orElse(""),
                        spec.topologySpreadConstraints(),
                        Objects.requireNonNullElse(spec.priorityClassName(), ""),
                        Objects.requireNonNullElse(spec.schedulerName(), ""),
                        spec.imagePullSecrets())));
    var bytes = Serialization.asJson(new TreeMap<>(inputs)).getBytes(StandardCharsets.UTF_8);
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void putKernel(Map<String, String> fields, KernelBoot kernel) {
    put(fields, "spec.boot.kernel.image", kernel.image());
    put(fields, "spec.boot.kernel.kernelPath", kernel.kernelPath());
    put(fields, "spec.boot.kernel.initrdPath", kernel.initrdPath());
    put(fields, "spec.boot.kernel.args", kernel.args());
  }

  private static void putUefi(Map<String, String> fields, UefiSpec uefi) {
    if (uefi.secureBoot()) {
      put(fields, "spec.boot.uefi.secureBoot", true);
    }
    if (uefi.variables() != null) {
      put(fields, VARIABLES_CLAIM, uefi.variables().claimName());
    }
  }

  private static void putDisk(Map<String, String> fields, DiskSpec disk) {
    var path = "spec.disks[" + disk.name() + "].";
    put(fields, path + "type", disk.type());
    put(fields, path + "bus", disk.bus());
    put(fields, path + "readOnly", disk.readOnly());
    put(fields, path + "serial", disk.serial());
    put(fields, path + "bootOrder", disk.bootOrder());
    put(fields, path + "cache", disk.cache());
    put(fields, path + "discard", disk.discard());
    if (disk.containerDisk() != null) {
      put(fields, path + "containerDisk.image", disk.containerDisk().image());
      put(fields, path + "containerDisk.path", disk.containerDisk().path());
    }
    if (disk.persistentVolumeClaim() != null) {
      put(fields, path + CLAIM, disk.persistentVolumeClaim().claimName());
    }
    if (disk.emptyDisk() != null) {
      put(fields, path + "emptyDisk.capacity", bytes(disk.emptyDisk().capacity()));
    }
    var seed = disk.cloudInit();
    if (seed != null) {
      put(fields, path + "cloudInit.secretName", seed.secretName());
      put(fields, path + "cloudInit.userData", InlineData.digest(seed.userData()));
      put(fields, path + "cloudInit.networkData", InlineData.digest(seed.networkData()));
    }
  }

  private static void putNetwork(Map<String, String> fields, NetworkSpec network) {
    var path = "spec.networks[" + network.name() + "].";
    var pod = network.pod();
    put(fields, path + "pod.binding", pod == null ? null : pod.binding());
    var multus = network.multus();
    put(fields, path + "multus.networkName", multus == null ? null : multus.networkName());
    put(fields, path + "macAddress", network.macAddress());
    if (network.queues() > 1) { // as it was before there could be more
      put(fields, path + "queues", network.queues());
    }
    for (var port : network.ports()) {
      var portPath = path + "ports[" + port.port() + "/" + port.protocol() + "].name";
      put(fields, portPath, Objects.requireNonNullElse(port.name(), ""));
    }
  }

  private static void putProbe(
      Map<String, String> fields, String path, @Nullable GuestProbe probe) {
    if (probe != null) {
      var json = Serialization.asJson(probe);
      // A command may be longer than an anchor's annotations.
      put(fields, path, probe.exec() == null ? json : InlineData.digest(json));
    }
  }

  private static void put(Map<String, String> fields, String path, @Nullable Object value) {
    if (value != null) {
      fields.put(path, value.toString());
    }
  }

  private static String bytes(Quantity quantity) {
    return Quantity.getAmountInBytes(quantity).toBigInteger().toString();
  }
}
