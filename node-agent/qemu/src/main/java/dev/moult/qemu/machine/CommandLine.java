package dev.moult.qemu.machine;

import dev.moult.qemu.qmp.MigrationChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Builds QEMU's arguments from a frozen machine. The order and each option are measured on 10.0.2
 * and 11.1.3, under QEMU's sandbox; only properties that both know are written.
 */
public final class CommandLine {
  /** Id of the character device behind the guest's serial console. */
  public static final String CONSOLE = "ser";

  /** The fd sets of {@code -add-fd}; numbers of ours, the same in every QEMU. */
  private static final int TTY_SET = 1;

  private static final int KVM_SET = 9;

  /** The character device of {@link Extra#GUEST_AGENT}, as {@code query-chardev} names it. */
  public static final String GUEST_AGENT = "ga";

  /** The guest's end of it, as {@code VSERPORT_CHANGE} names it. */
  public static final String GUEST_AGENT_PORT = "agent";

  /** Serves the guest's screen. */
  static final String SCREEN = "-vnc";

  private final FrozenMachine machine;
  private final DescriptorSlots slots;
  private final List<String> arguments = new ArrayList<>();

  private CommandLine(FrozenMachine machine, DescriptorSlots slots) {
    this.machine = machine;
    this.slots = slots;
  }

  /**
   * The whole argv.
   *
   * @param binary QEMU's path in its image: argv[0]
   * @throws IllegalArgumentException when the machine needs a descriptor that has no slot
   */
  public static List<String> build(
      String binary, FrozenMachine machine, DescriptorSlots slots, Role role) {
    var line = new CommandLine(machine, slots);
    line.arguments.add(binary);
    line.base();
    line.processor();
    line.memory();
    line.identity();
    line.boot();
    line.arguments.addAll(DiskOptions.of(machine, slots));
    line.network();
    line.extras();
    line.console();
    line.role(role);
    return List.copyOf(line.arguments);
  }

  /**
   * Whether a QEMU of that argv can be given viewers. One that cannot keeps their connections
   * without a word.
   */
  public static boolean servesScreen(List<String> argv) {
    return argv.contains(SCREEN);
  }

  private void base() {
    add("-no-user-config");
    add("-nodefaults");
    // The guest's own power-off leaves QEMU paused: the agent reads why, then lets it go.
    add("-no-shutdown");
    add("-name", machine.name());
    add("-display", "none");
    String flash = machine.firmware().isFlash() ? ",pflash0=pf0,pflash1=pf1" : "";
    String smm = machine.firmware() == Firmware.UEFI_SECURE ? ",smm=on" : "";
    add("-machine", machine.machineType() + ",memory-backend=ram0,aux-ram-share=on" + smm + flash);
  }

  private void processor() {
    if (machine.accelerator() == Accelerator.KVM) {
      addFd(need(slots.kvm(), "kvm"), KVM_SET);
      add("-accel", "kvm,device=/dev/fdset/" + KVM_SET);
    } else {
      add("-accel", "tcg");
    }
    add("-cpu", machine.cpu().argument());
    int n = machine.vcpus();
    add("-smp", n + ",sockets=1,dies=1,cores=" + n + ",threads=1,maxcpus=" + n);
  }

  private void memory() {
    String size = machine.memoryBytes() / (1024 * 1024) + "M";
    add(
        "-object",
        "memory-backend-file,id=ram0,mem-path=" + fd(slots.ram()) + ",share=on,size=" + size);
    add("-m", size);
  }

  private void identity() {
    String uuid = machine.uuid().toString();
    String maker = escape(machine.smbios().manufacturer());
    add("-uuid", uuid);
    add("-smbios", "type=0,vendor=" + maker);
    add(
        "-smbios",
        "type=1,manufacturer=%s,product=%s,uuid=%s%s"
            .formatted(maker, escape(machine.smbios().product()), uuid, serial()));
    add("-smbios", "type=3,manufacturer=" + maker);
    add("-rtc", "base=utc");
    add("-global", "kvm-pit.lost_tick_policy=delay");
    // No suspend to RAM or disk: a suspended guest cannot be handed over.
    String pm = machine.machineType().startsWith("pc-q35-") ? "ICH9-LPC" : "PIIX4_PM";
    add("-global", pm + ".disable_s3=1");
    add("-global", pm + ".disable_s4=1");
  }

  private String serial() {
    String serial = machine.smbios().serial();
    return serial == null ? "" : ",serial=" + escape(serial);
  }

  private void boot() {
    add("-boot", "strict=on,menu=off");
    if (machine.firmware() == Firmware.DESCRIPTOR) {
      add("-bios", fd(need(slots.firmware(), "firmware")));
    }
    if (machine.firmware() == Firmware.UEFI_SECURE) {
      add("-global", "driver=cfi.pflash01,property=secure,value=on");
    }
    if (machine.firmware().isFlash()) {
      flash(0, need(slots.firmware(), "firmware"), true);
      flash(1, need(slots.variables(), "firmware's variables"), false);
    }
    KernelBoot kernel = machine.kernel();
    if (kernel != null) {
      add("-kernel", fd(need(slots.kernel(), "kernel")));
      if (kernel.initrd()) {
        add("-initrd", fd(need(slots.initrd(), "initrd")));
      }
      add("-append", kernel.args());
    }
  }

  private void flash(int unit, int slot, boolean readOnly) {
    String access = ",read-only=" + (readOnly ? "on" : "off");
    addFd(slot, slot);
    add(
        "-blockdev",
        "driver=file,node-name=pf%d-file,filename=/dev/fdset/%d%s".formatted(unit, slot, access));
    add("-blockdev", "driver=raw,node-name=pf%d,file=pf%d-file%s".formatted(unit, unit, access));
  }

  private void extras() {
    String bus = FrozenMachine.rootBus(machine.machineType());
    if (machine.has(Extra.VIDEO)) {
      add("-device", "VGA,id=video,bus=" + bus + ",addr=0x1,vgamem_mb=16");
      // Listens nowhere: who may look at the screen is handed in as a connection.
      add(SCREEN, "none");
    }
    if (machine.has(Extra.RNG)) {
      add("-object", "rng-builtin,id=rng0");
      add("-device", "virtio-rng-pci,id=rng,rng=rng0,bus=" + bus + ",addr=0x10");
    }
    if (machine.has(Extra.GUEST_AGENT)) {
      int socket = need(slots.guestAgent(), "guest agent");
      add("-device", "virtio-serial-pci,id=vser,bus=" + bus + ",addr=0x12,max_ports=4");
      add("-chardev", "socket,id=" + GUEST_AGENT + ",fd=" + socket + ",server=on,wait=off");
      add(
          "-device",
          "virtserialport,id=%s,bus=vser.0,nr=1,chardev=%s,name=org.qemu.guest_agent.0"
              .formatted(GUEST_AGENT_PORT, GUEST_AGENT));
    }
    if (machine.extras().contains(Extra.PANIC)) {
      // Panicked and crash-loaded, not shutdown: the ACPI button's word is the one that counts.
      add("-device", "pvpanic-pci,id=panic,bus=" + bus + ",addr=0x14,events=3");
    }
    if (machine.generation() != null) {
      add("-device", "vmgenid,id=genid,guid=" + machine.generation());
    }
    Watchdog watchdog = machine.watchdog();
    if (watchdog != null) {
      add("-device", "i6300esb,id=watchdog,bus=" + bus + ",addr=0x13");
      add("-action", "watchdog=" + watchdog.word());
    }
  }

  private void network() {
    int first = 0;
    for (Nic nic : machine.nics()) {
      add("-netdev", "tap,id=net" + nic.id() + "," + taps(nic, first));
      first += nic.queuePairs();
      add(
          "-device",
          ("virtio-net-pci,id=nic%s,netdev=net%s,mac=%s,romfile=,rombar=0,bus=%s,addr=0x%x,%s,"
                  + "rx_queue_size=256,tx_queue_size=256,host_mtu=%d")
              .formatted(
                  nic.id(), nic.id(), nic.mac(), nic.bus(), nic.slot(), queues(nic), nic.mtu()));
    }
  }

  private String taps(Nic nic, int first) {
    var numbers = new StringJoiner(":", nic.queuePairs() > 1 ? "fds=" : "fd=", "");
    for (int i = first; i < first + nic.queuePairs(); i++) {
      Integer tap = i < slots.taps().size() ? slots.taps().get(i) : null;
      numbers.add(Integer.toString(need(tap, "tap of nic " + nic.id())));
    }
    return numbers.toString();
  }

  /** Two interrupts for each pair, one for the control queue, one for changes of configuration. */
  private static String queues(Nic nic) {
    return nic.queuePairs() > 1 ? "mq=on,vectors=" + (2 * nic.queuePairs() + 2) : "mq=off";
  }

  private void console() {
    addFd(slots.tty(), TTY_SET);
    add("-chardev", "serial,id=" + CONSOLE + ",path=/dev/fdset/" + TTY_SET);
    add("-serial", "chardev:" + CONSOLE);
    add("-chardev", "socket,id=mon,fd=" + slots.qmp() + ",server=on,wait=off");
    add("-mon", "chardev=mon,mode=control");
    add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  }

  private void role(Role role) {
    add("-S");
    switch (role) {
      case Role.Start start -> {}
      case Role.Incoming incoming -> {
        add("-incoming", "defer");
        String path = slots.meetingPath(incoming.cprSocket());
        add("-incoming", MigrationChannel.cpr(path).toJson().toString());
      }
      case Role.TakeUp takeUp -> add("-incoming", "defer");
    }
  }

  private void add(String option) {
    arguments.add(option);
  }

  private void add(String option, String value) {
    arguments.add(option);
    arguments.add(value);
  }

  private void addFd(int number, int set) {
    add("-add-fd", "fd=" + number + ",set=" + set);
  }

  private static String fd(int number) {
    return "/proc/self/fd/" + number;
  }

  /** QEMU's option syntax: a comma in a value is written twice. */
  static String escape(String value) {
    return value.replace(",", ",,");
  }

  private static int need(@Nullable Integer slot, String name) {
    if (slot == null) {
      throw new IllegalArgumentException("the machine needs a descriptor for its " + name);
    }
    return slot;
  }
}
