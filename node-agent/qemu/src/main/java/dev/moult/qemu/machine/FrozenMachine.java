package dev.moult.qemu.machine;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hardware of one run of a guest, as every QEMU of this run is built. An unknown field in its
 * JSON is an error: a machine must not be rebuilt without something it had.
 *
 * @param name the VM's name, QEMU's {@code -name}
 * @param uuid the guest's identity
 * @param machineType versioned, such as {@code pc-q35-10.0}; see {@link MachineTypes}
 * @param accelerator KVM or TCG
 * @param cpu see {@link CpuModels}
 * @param vcpus number of vCPUs, one socket
 * @param memoryBytes guest RAM in bytes, a multiple of 1 MiB; see {@link #roundMemory}
 * @param firmware where the firmware comes from
 * @param kernel direct kernel boot, or null
 * @param nics network cards, in the order of {@link DescriptorSlots#taps}
 * @param smbios what the guest reads in its SMBIOS tables
 * @param disks the guest's disks, in the order of {@link DescriptorSlots#disks}; absent in the JSON
 *     when there are none, as are the extras, so that an older agent can read it
 * @param extras devices besides
 * @param generation the guest's generation ID, by which it knows that it is a copy: a vmgenid
 *     device; null, and absent in the JSON as what follows, for none
 * @param watchdog what a watchdog does that is not fed; null for none
 * @param hugePageBytes size of the huge pages that the RAM is made of; 0, and absent in the JSON,
 *     for ordinary ones
 */
public record FrozenMachine(
    String name,
    UUID uuid,
    String machineType,
    Accelerator accelerator,
    FrozenCpu cpu,
    int vcpus,
    long memoryBytes,
    Firmware firmware,
    @Nullable KernelBoot kernel,
    List<Nic> nics,
    Smbios smbios,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FrozenDisk> disks,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Extra> extras,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable UUID generation,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Watchdog watchdog,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long hugePageBytes) {

  private static final long MIB = 1024 * 1024;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  // What stands unescaped inside a comma-separated option; the API's own rules are narrower.
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern SERIAL = Pattern.compile("[A-Za-z0-9_.-]{1,20}");
  private static final Pattern SYSTEM_SERIAL = Pattern.compile("[ -+.-~-]{1,64}");
  private static final Pattern MAC = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");

  /**
   * Checks what would give a broken or ambiguous command line.
   *
   * @throws IllegalArgumentException naming the field
   */
  public FrozenMachine {
    nics = List.copyOf(nics);
    disks = disks == null ? List.of() : List.copyOf(disks);
    extras = extras == null ? List.of() : List.copyOf(extras);
    require(WORD.matcher(name).matches(), "name", name);
    require(WORD.matcher(machineType).matches(), "machineType", machineType);
    require(WORD.matcher(cpu.model()).matches(), "cpu.model", cpu.model());
    require(vcpus > 0, "vcpus", vcpus);
    require(memoryBytes > 0 && memoryBytes % MIB == 0, "memoryBytes", memoryBytes);
    require(
        hugePageBytes == 0 || hugePageBytes >= MIB && memoryBytes % hugePageBytes == 0,
        "hugePageBytes",
        hugePageBytes);
    String serial = smbios.serial();
    require(
        serial == null || SYSTEM_SERIAL.matcher(serial).matches(),
        "smbios.serial",
        String.valueOf(serial));
    for (Nic nic : nics) {
      require(WORD.matcher(nic.id()).matches(), "nic.id", nic.id());
      require(MAC.matcher(nic.mac()).matches(), "nic.mac", nic.mac());
      require(WORD.matcher(nic.bus()).matches(), "nic.bus", nic.bus());
      require(nic.slot() > 0 && nic.slot() < 32, "nic.slot", nic.slot());
      require(nic.mtu() >= 68 && nic.mtu() <= 65535, "nic.mtu", nic.mtu());
      require(nic.queuePairs() > 0 && nic.queuePairs() <= 256, "nic.queuePairs", nic.queuePairs());
    }
    for (FrozenDisk disk : disks) {
      require(SERIAL.matcher(disk.serial()).matches(), "disk.serial", disk.serial());
      require(disk.index() >= 0 && disk.index() < 256, "disk.index", disk.index());
      require(disk.unit() >= 0 && disk.unit() < 256, "disk.unit", disk.unit());
      require(disk.bootIndex() >= 0, "disk.bootIndex", disk.bootIndex());
    }
  }

  /** A machine without disks. */
  public FrozenMachine(
      String name,
      UUID uuid,
      String machineType,
      Accelerator accelerator,
      FrozenCpu cpu,
      int vcpus,
      long memoryBytes,
      Firmware firmware,
      @Nullable KernelBoot kernel,
      List<Nic> nics,
      Smbios smbios) {
    this(
        name,
        uuid,
        machineType,
        accelerator,
        cpu,
        vcpus,
        memoryBytes,
        firmware,
        kernel,
        nics,
        smbios,
        List.of(),
        List.of(),
        null,
        null,
        0);
  }

  /** Whether it has that device. */
  public boolean has(Extra extra) {
    return extras.contains(extra);
  }

  /** The same with its CPU as it was realized. */
  public FrozenMachine withCpu(FrozenCpu realized) {
    return new FrozenMachine(
        name,
        uuid,
        machineType,
        accelerator,
        realized,
        vcpus,
        memoryBytes,
        firmware,
        kernel,
        nics,
        smbios,
        disks,
        extras,
        generation,
        watchdog,
        hugePageBytes);
  }

  /** The next multiple of 1 MiB: what a wish such as {@code 1G} gets. */
  public static long roundMemory(long bytes) {
    return Math.ceilDiv(bytes, MIB) * MIB;
  }

  /** The name of the bus that static devices sit on for that versioned machine type. */
  public static String rootBus(String machineType) {
    return machineType.startsWith("pc-q35-") ? "pcie.0" : "pci.0";
  }

  /** As one line of JSON. */
  public String toJson() {
    try {
      return MAPPER.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException when it is something else
   */
  public static FrozenMachine fromJson(String json) {
    try {
      return MAPPER.readValue(json, FrozenMachine.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a frozen machine: " + e.getOriginalMessage(), e);
    }
  }

  private static void require(boolean good, String field, Object value) {
    if (!good) {
      throw new IllegalArgumentException("frozen machine: bad " + field + ": " + value);
    }
  }
}
