package dev.moult.agent.run;

import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.DescriptorSlots;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.KernelBoot;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.List;

/** The numbers of the descriptors, the same in the anchor and in every QEMU; never reused. */
public enum Slot {
  /** The guest's RAM, a sealed memfd. */
  RAM(Slots.RAM),
  /** The meeting place, a detached tmpfs. */
  MEET(Slots.MEET),
  /** The tap of the guest's first network card; {@link #furtherTaps} are the others. */
  TAP(Slots.TAP),
  /** The anchor's terminal. */
  TTY(Slots.TTY),
  /** The kernel, read-only. */
  KERNEL(Slots.KERNEL),
  /** The initial RAM disk, read-only. */
  INITRD(Slots.INITRD),
  /** The firmware's code, read-only. */
  FIRMWARE(Slots.FIRMWARE),
  /** The firmware's variables. */
  VARIABLES(Slots.VARIABLES),
  /** QEMU's monitor, a listening socket of its own. */
  QMP(Slots.QMP),
  /** A fresh open of {@code /dev/kvm}. */
  KVM(Slots.KVM),
  /** The channel to the guest agent, a listening socket of its own. */
  GUEST_AGENT(Slots.GUEST_AGENT);

  private final int number;

  Slot(int number) {
    this.number = number;
  }

  /** The descriptor's number. */
  public int number() {
    return number;
  }

  /** The name under which users see it. */
  public String title() {
    return switch (this) {
      case RAM -> "ram";
      case MEET -> "meet";
      case TAP -> "tap";
      case TTY -> "tty";
      case KERNEL -> "kernel";
      case INITRD -> "initrd";
      case FIRMWARE -> "firmware";
      case VARIABLES -> "variables";
      case QMP -> "qmp";
      case KVM -> "kvm";
      case GUEST_AGENT -> "guest-agent";
    };
  }

  /** What a QEMU of that machine borrows from the anchor as it is, in order. */
  static List<Slot> borrowed(FrozenMachine machine) {
    var slots = new ArrayList<>(List.of(RAM, MEET));
    if (!machine.nics().isEmpty()) {
      slots.add(TAP);
    }
    slots.add(TTY);
    KernelBoot kernel = machine.kernel();
    if (kernel != null) {
      slots.add(KERNEL);
      if (kernel.initrd()) {
        slots.add(INITRD);
      }
    }
    if (machine.firmware() == Firmware.DESCRIPTOR) {
      slots.add(FIRMWARE);
    }
    return List.copyOf(slots);
  }

  /** The numbers of a machine's taps, and of their queues, but {@link #TAP}, in order. */
  static List<Integer> furtherTaps(FrozenMachine machine) {
    List<Integer> taps = taps(machine);
    return taps.subList(Math.min(1, taps.size()), taps.size());
  }

  /** Of each card its tap and that tap's further queues, which no more than one card has. */
  private static List<Integer> taps(FrozenMachine machine) {
    var taps = new ArrayList<Integer>();
    for (int nic = 0; nic < machine.nics().size(); nic++) {
      taps.add(Slots.tap(nic));
      for (int queue = 1; queue < machine.nics().get(nic).queuePairs(); queue++) {
        taps.add(Slots.tapQueue(queue));
      }
    }
    return taps;
  }

  /** The numbers as the command line of that machine needs them. */
  public static DescriptorSlots of(FrozenMachine machine) {
    List<Slot> slots = borrowed(machine);
    return new DescriptorSlots(
        RAM.number,
        MEET.number,
        taps(machine),
        TTY.number,
        slots.contains(KERNEL) ? KERNEL.number : null,
        slots.contains(INITRD) ? INITRD.number : null,
        machine.firmware() == Firmware.BUNDLED ? null : FIRMWARE.number,
        QMP.number,
        machine.accelerator() == Accelerator.KVM ? KVM.number : null,
        machine.firmware().isFlash() ? VARIABLES.number : null,
        machine.disks().stream()
            .map(disk ->
                new DescriptorSlots.DiskSlots(
                    Slots.disk(disk.index()),
                    disk.base() == null ? null : Slots.base(disk.index())))
            .toList(),
        machine.has(Extra.GUEST_AGENT) ? GUEST_AGENT.number : null);
  }
}
