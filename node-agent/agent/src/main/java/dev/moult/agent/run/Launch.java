package dev.moult.agent.run;

import dev.moult.agent.journal.Storage;
import dev.moult.api.v1alpha1.KernelBoot;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.wire.Limits;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a launcher is told, and where the broker takes the descriptors for it from.
 *
 * @param plan for the launcher
 * @param sources one per descriptor that the plan receives, in order
 */
public record Launch(Plan plan, List<Source> sources) {

  /** Where the operator mounts the image that holds kernel and initrd. */
  static final String BOOT_VOLUME = "/volumes/boot";

  /** Where Debian's images, and all that follow it, keep their QEMU. */
  static final String QEMU = "/usr/bin/qemu-system-x86_64";

  /** Bytes of a field's head on the wire. */
  private static final int FIELD = 6;

  /** At most so many bytes on the wire for one that is received, and for where it comes from. */
  private static final int PER_DESCRIPTOR = 100;

  private static final int STDIN = 0;
  private static final List<String> ENVIRONMENT = List.of("PATH=/usr/local/bin:/usr/bin:/bin");

  /** Copies the sources. */
  public Launch {
    sources = List.copyOf(sources);
  }

  /** For the anchor of a new run without disks. */
  public static Launch anchor(VirtualMachineSpec spec) {
    return anchor(spec, List.of());
  }

  /**
   * For the anchor of a new run: it makes the RAM and parks everything.
   *
   * @param storage what opens its disks and its firmware
   */
  public static Launch anchor(VirtualMachineSpec spec, List<Operation> storage) {
    List<Operation> operations = new ArrayList<>();
    List<Source> sources = new ArrayList<>();
    // The cheap ones first: a wrong path is said before 100 GiB are allocated.
    KernelBoot kernel = spec.boot().kernel();
    if (kernel != null) {
      operations.add(open(Slot.KERNEL, kernel.kernelPath()));
      if (kernel.initrdPath() != null) {
        operations.add(open(Slot.INITRD, kernel.initrdPath()));
      }
    }
    operations.addAll(storage);
    receive(operations, sources, Slot.MEET, new Source.Meeting());
    for (int nic = 0; nic < spec.networks().size(); nic++) {
      receive(operations, sources, Slots.tap(nic), GuestNetwork.tap(spec, nic));
      for (int queue = 1; queue < GuestNetwork.queues(spec, nic); queue++) {
        receive(operations, sources, Slots.tapQueue(queue), new Source.TapQueue(queue));
      }
    }
    operations.add(new Operation.DupTty(Slot.TTY.number(), STDIN));
    operations.add(
        new Operation.CreateRam(
            Slot.RAM.number(), MachinePlan.memoryBytes(spec), MachinePlan.hugePageBytes(spec)));
    return new Launch(new Plan(operations, List.of(), ENVIRONMENT), sources);
  }

  /**
   * For an anchor whose container was restarted under a running guest: it parks again what the live
   * QEMU holds, and allocates nothing. Its terminal is a new one. Disks it opens again: what QEMU
   * has of them is QEMU's own, with its locks.
   */
  public static Launch adoption(
      FrozenMachine machine, @Nullable Storage storage, String vmmPodUid) {
    List<Operation> operations = new ArrayList<>();
    List<Source> sources = new ArrayList<>();
    for (Slot slot : Slot.borrowed(machine)) {
      if (slot == Slot.TTY) {
        operations.add(new Operation.DupTty(Slot.TTY.number(), STDIN));
      } else if (slot != Slot.FIRMWARE) {
        receive(operations, sources, slot, new Source.Held(vmmPodUid, slot.number()));
      }
    }
    for (int tap : Slot.furtherTaps(machine)) {
      receive(operations, sources, tap, new Source.Held(vmmPodUid, tap));
    }
    if (storage != null) {
      operations.addAll(StoragePlan.again(storage));
    }
    return new Launch(new Plan(operations, List.of(), ENVIRONMENT), sources);
  }

  /**
   * For a QEMU. The descriptors to be sent with the request are those of {@link QemuSockets}.
   *
   * @param role whether it begins the guest or takes it over
   */
  public static Launch vmm(FrozenMachine machine, Role role) {
    return vmm(machine, role, false);
  }

  /** For a QEMU that starts a guest anew whose last one died: it finds nothing in its RAM. */
  static Launch vmmAfterCrash(FrozenMachine machine) {
    return vmm(machine, new Role.Start(), true);
  }

  private static Launch vmm(FrozenMachine machine, Role role, boolean emptied) {
    List<Operation> operations = new ArrayList<>();
    List<Source> sources = new ArrayList<>();
    for (Slot slot : Slot.borrowed(machine)) {
      receive(operations, sources, slot, new Source.Parked(slot.number()));
    }
    if (emptied) {
      operations.add(new Operation.EmptyRam(Slot.RAM.number()));
    }
    for (int tap : Slot.furtherTaps(machine)) {
      receive(operations, sources, tap, new Source.Parked(tap));
    }
    if (machine.firmware().isFlash()) {
      reopen(operations, sources, Slot.FIRMWARE.number(), false, false);
      reopen(operations, sources, Slot.VARIABLES.number(), true, false);
    }
    for (FrozenDisk disk : machine.disks()) {
      FrozenDisk.Image base = disk.base();
      int slot = Slots.disk(disk.index());
      reopen(operations, sources, slot, !disk.readOnly(), disk.opensDirect(disk.image()));
      if (base != null) {
        reopen(operations, sources, Slots.base(disk.index()), false, disk.opensDirect(base));
      }
    }
    receive(operations, sources, Slot.QMP, new Source.Attached(0));
    if (machine.accelerator() == Accelerator.KVM) {
      receive(operations, sources, Slot.KVM, new Source.Kvm());
    }
    if (machine.has(Extra.GUEST_AGENT)) {
      receive(operations, sources, Slot.GUEST_AGENT, new Source.Attached(1));
    }
    List<String> argv = CommandLine.build(QEMU, machine, Slot.of(machine), role);
    return new Launch(new Plan(operations, argv, ENVIRONMENT), sources);
  }

  /** Whether a packet to the broker holds it: 64 disks with an overlay each are too many. */
  boolean fits() {
    int argv = plan.argv().stream().mapToInt(argument -> argument.length() + FIELD).sum();
    return argv + sources.size() * PER_DESCRIPTOR < Limits.MESSAGE_BYTES;
  }

  /** Each QEMU has opens of its own: their locks are the last barrier against two writers. */
  private static void reopen(
      List<Operation> operations, List<Source> sources, int slot, boolean write, boolean direct) {
    operations.add(new Operation.Receive(slot));
    sources.add(new Source.Reopen(slot, write, direct));
  }

  private static Operation open(Slot slot, String path) {
    return new Operation.OpenFile(
        slot.number(), BOOT_VOLUME, path.replaceFirst("^/+", ""), Operation.Access.READ);
  }

  private static void receive(
      List<Operation> operations, List<Source> sources, Slot slot, Source source) {
    receive(operations, sources, slot.number(), source);
  }

  private static void receive(
      List<Operation> operations, List<Source> sources, int slot, Source source) {
    operations.add(new Operation.Receive(slot));
    sources.add(source);
  }
}
