package dev.moult.agent.run;

import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.Storage;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.SmbiosSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.KernelBoot;
import dev.moult.qemu.machine.MachineRefusedException;
import dev.moult.qemu.machine.MachineTypes;
import dev.moult.qemu.machine.Nic;
import dev.moult.qemu.machine.Smbios;
import dev.moult.qemu.machine.Watchdog;
import dev.moult.qemu.probe.ProbeFormatException;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** From a wish to frozen hardware: the spec, what the image's QEMU can, what the node can. */
public final class MachinePlan {

  private static final int NIC_SLOT = 3;

  /** Of the second card; the others follow. Behind all else that a machine may have. */
  private static final int MORE_NIC_SLOTS = 0x15;

  private MachinePlan() {}

  /**
   * The hardware of a new run.
   *
   * @param machine what every QEMU of the run is built from
   * @param expandCpu the CPU is the host's: it is read from the first QEMU and written out
   */
  public record Frozen(FrozenMachine machine, boolean expandCpu) {}

  /**
   * Freezes it.
   *
   * @param links its network cards, in order
   * @param storage its disks and firmware; null if it needs neither
   * @throws StartRefusedException when QEMU or node cannot do what is wished
   */
  public static Frozen freeze(
      String name,
      String vmUid,
      VirtualMachineSpec spec,
      ProbeReport probe,
      NodeInventory node,
      List<GuestLink> links,
      @Nullable Storage storage)
      throws StartRefusedException {
    Accelerator accelerator = accelerator(spec, node);
    try {
      String type = MachineTypes.resolve(spec.machineType(), probe);
      CpuModels.Choice cpu = CpuModels.choose(spec.cpu().model(), accelerator, probe);
      return new Frozen(
          new FrozenMachine(
              name,
              UUID.fromString(vmUid),
              type,
              accelerator,
              cpu.cpu(),
              spec.cpu().cores(),
              memoryBytes(spec),
              storage == null ? Firmware.BUNDLED : storage.firmware(),
              kernel(spec, links),
              nics(links, spec, type),
              Smbios.MOULT.withSerial(serial(spec, vmUid)),
              disks(storage, type),
              extras(storage),
              byFirmware(storage) ? generation(vmUid) : null,
              watchdog(spec),
              hugePageBytes(spec)),
          cpu.expand());
    } catch (MachineRefusedException e) {
      throw new StartRefusedException(reason(e.reason()), sentence(e));
    }
  }

  /** Freezes a machine without disks, whose guest is hidden behind the anchor's address. */
  static Frozen freeze(
      String name,
      String vmUid,
      VirtualMachineSpec spec,
      ProbeReport probe,
      NodeInventory node,
      int podMtu)
      throws StartRefusedException {
    List<GuestLink> links =
        spec.networks().stream()
            .map(network -> GuestLink.masqueraded(network, vmUid, podMtu))
            .toList();
    return freeze(name, vmUid, spec, probe, node, links, null);
  }

  /**
   * What the image's QEMU can.
   *
   * @throws StartRefusedException when there is none, or it does not run
   */
  public static ProbeReport probe(Probe probe) throws StartRefusedException {
    LaunchReason failure = probe.failure();
    if (failure != null) {
      Reason reason =
          failure == LaunchReason.QEMU_NOT_FOUND ? Reason.QEMU_NOT_FOUND : Reason.QEMU_UNUSABLE;
      throw new StartRefusedException(
          reason, probe.message().isBlank() ? reason.description() : probe.message());
    }
    try {
      return ProbeReport.parse(probe.transcript());
    } catch (ProbeFormatException e) {
      throw new StartRefusedException(
          Reason.QEMU_UNUSABLE, "The image's QEMU did not answer as QEMU does: " + sentence(e));
    }
  }

  /** Bytes of the guest's RAM. */
  static long memoryBytes(VirtualMachineSpec spec) {
    return FrozenMachine.roundMemory(spec.memory().size().getNumericalAmount().longValueExact());
  }

  /** Size of the huge pages that the guest's RAM is made of; 0 for ordinary ones. */
  static long hugePageBytes(VirtualMachineSpec spec) {
    HugePageSize wished = spec.memory().hugePageSize();
    return wished == null ? 0 : wished.bytes();
  }

  private static Accelerator accelerator(VirtualMachineSpec spec, NodeInventory node)
      throws StartRefusedException {
    if (node.resolve(spec.vmm().acceleration()) == Acceleration.TCG) {
      return Accelerator.TCG;
    }
    if (!node.capabilities().kvmRunsLinux()) {
      String problem = node.capabilities().kvmProblem();
      throw new StartRefusedException(
          Reason.ACCELERATION_UNAVAILABLE,
          "KVM is not usable on this node: "
              + (problem == null ? "it does not run Linux guests" : problem));
    }
    return Accelerator.KVM;
  }

  /** A kernel is told the address of its first card alone: it knows no more than one ip=. */
  private static @Nullable KernelBoot kernel(VirtualMachineSpec spec, List<GuestLink> links)
      throws StartRefusedException {
    dev.moult.api.v1alpha1.KernelBoot kernel = spec.boot().kernel();
    if (kernel == null) {
      return null;
    }
    String args = kernel.args() == null ? "" : kernel.args();
    return new KernelBoot(
        links.isEmpty() ? args : links.getFirst().kernelArguments(args),
        kernel.initrdPath() != null);
  }

  private static List<FrozenDisk> disks(@Nullable Storage storage, String type)
      throws StartRefusedException {
    if (storage == null) {
      return List.of();
    }
    boolean sata = storage.disks().stream().anyMatch(disk -> disk.bus() == FrozenDisk.Bus.SATA);
    if (sata && !FrozenMachine.rootBus(type).equals("pcie.0")) {
      throw new StartRefusedException(
          Reason.MACHINE_TYPE_UNKNOWN,
          "A disk is on bus sata, which " + type + " does not have; q35 has it.");
    }
    return storage.disks();
  }

  /** A guest that boots by firmware is used to a screen, random numbers, and to being heard. */
  private static List<Extra> extras(@Nullable Storage storage) {
    return byFirmware(storage)
        ? List.of(Extra.VIDEO, Extra.RNG, Extra.GUEST_AGENT, Extra.PANIC)
        : List.of();
  }

  private static boolean byFirmware(@Nullable Storage storage) {
    return storage != null && storage.firmware() != Firmware.BUNDLED;
  }

  private static String serial(VirtualMachineSpec spec, String vmUid) {
    SmbiosSpec wished = spec.smbios();
    return wished == null || wished.serial() == null ? vmUid : wished.serial();
  }

  /** The same at every start; a copy of the object is another machine, and its guest is to know. */
  private static UUID generation(String vmUid) {
    return UUID.nameUUIDFromBytes(("generation of " + vmUid).getBytes(StandardCharsets.UTF_8));
  }

  private static @Nullable Watchdog watchdog(VirtualMachineSpec spec) {
    return spec.watchdog() == null
        ? null
        : switch (spec.watchdog().action()) {
          case RESET -> Watchdog.RESET;
          case POWEROFF -> Watchdog.POWEROFF;
          case SHUTDOWN -> Watchdog.SHUTDOWN;
          case PAUSE -> Watchdog.PAUSE;
          case NONE -> Watchdog.NONE;
        };
  }

  private static List<Nic> nics(List<GuestLink> links, VirtualMachineSpec spec, String type) {
    List<Nic> nics = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      GuestLink link = links.get(i);
      int queues = GuestNetwork.queues(spec, i);
      int slot = i == 0 ? NIC_SLOT : MORE_NIC_SLOTS + i - 1;
      String id = Integer.toString(i);
      nics.add(new Nic(id, link.mac(), link.mtu(), queues, FrozenMachine.rootBus(type), slot));
    }
    return nics;
  }

  private static Reason reason(MachineRefusedException.Reason reason) {
    return switch (reason) {
      case MACHINE_TYPE_UNKNOWN -> Reason.MACHINE_TYPE_UNKNOWN;
      case CPU_MODEL_UNKNOWN -> Reason.CPU_MODEL_UNKNOWN;
      case CPU_NOT_FROZEN -> Reason.CPU_NOT_FROZEN;
    };
  }

  private static String sentence(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
