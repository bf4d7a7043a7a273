package dev.moult.qemu.real;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.mount.DetachedTmpfs;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.DescriptorSlots;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenCpu;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.KernelBoot;
import dev.moult.qemu.machine.Nic;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.machine.Smbios;
import dev.moult.qemu.machine.Watchdog;
import dev.moult.qemu.testing.Checkout;
import dev.moult.qemu.testing.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What an anchor holds for one guest, made for a test: RAM, tap, console, boot, meeting place. */
final class Hardware implements AutoCloseable {

  static final String A_CPR = "a-cpr.sock";
  static final String B_CPR = "b-cpr.sock";
  static final String MAIN = "main.sock";

  private static final FrozenCpu QEMU64 = FrozenCpu.named(CpuModels.TCG_DEFAULT);
  private static final int MEBIBYTES = 256;
  private static final int GUEST_AGENT = 22;

  /** Debian's ovmf, which the machine has. */
  private static final Path OVMF = Path.of("/usr/share/OVMF");

  private final Path directory;
  private final FrozenMachine machine;
  private final DescriptorSlots slots;
  private final Map<Integer, Fd> descriptors = new HashMap<>();
  private final Fd network;
  private final List<Tap> queues = new ArrayList<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Console console;
  private final @Nullable DiskHardware disks;

  private Hardware(
      Path directory,
      Accelerator accelerator,
      FrozenCpu cpu,
      @Nullable KernelBoot kernel,
      Map<Integer, Fd> boot,
      @Nullable DiskHardware disks)
      throws Exception {
    this(directory, accelerator, cpu, kernel, boot, disks, 1);
  }

  private Hardware(
      Path directory,
      Accelerator accelerator,
      FrozenCpu cpu,
      @Nullable KernelBoot kernel,
      Map<Integer, Fd> boot,
      @Nullable DiskHardware disks,
      int queues)
      throws Exception {
    this.directory = directory;
    this.disks = disks;
    boolean linux = kernel != null;
    Firmware firmware = linux ? Firmware.BUNDLED : Firmware.DESCRIPTOR;
    machine =
        new FrozenMachine(
            "web",
            UUID.fromString("6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11"),
            "pc-q35-10.0",
            accelerator,
            cpu,
            queues,
            MEBIBYTES * 1024L * 1024L,
            disks == null ? firmware : disks.firmware(),
            kernel,
            List.of(new Nic("0", "52:54:00:12:34:56", 1500, queues, "pcie.0", 3)),
            Smbios.MOULT.withSerial("SN 0042"),
            disks == null ? List.of() : disks.frozen(),
            disks == null
                ? List.of()
                : List.of(Extra.VIDEO, Extra.RNG, Extra.GUEST_AGENT, Extra.PANIC),
            disks == null ? null : UUID.fromString("0a4d2f9a-7c11-3a3b-9d5e-6f1c9d0e5a3b"),
            disks == null ? null : Watchdog.RESET,
            0);
    slots =
        new DescriptorSlots(
            10,
            11,
            IntStream.range(0, queues).mapToObj(queue -> queue == 0 ? 12 : 22 + queue).toList(),
            13,
            linux ? 14 : null,
            linux ? 15 : null,
            linux ? null : 16,
            20,
            accelerator == Accelerator.KVM ? 21 : null,
            machine.firmware().isFlash() ? 17 : null,
            disks == null ? List.of() : disks.slots(),
            disks == null ? null : GUEST_AGENT);
    boot.values().forEach(this::own);
    descriptors.putAll(boot);
    descriptors.put(
        slots.ram(), own(Memfd.guestRam("ram", machine.memoryBytes(), Memfd.Pages.NORMAL)));
    descriptors.put(slots.meet(), own(new DetachedTmpfs(64 * 1024, 16, 0, 0, 0700).mount()));
    network = own(NetworkNamespace.create());
    for (int slot : slots.taps()) {
      Tap queue = own(NetworkNamespace.call(network, () -> tap(queues)));
      this.queues.add(queue);
      descriptors.put(slot, queue.fd());
    }
    UnixSocket.Pair serial = own(UnixSocket.pair(UnixSocket.Type.STREAM));
    descriptors.put(slots.tty(), serial.right().fd());
    console = new Console(serial.left());
    if (accelerator == Accelerator.KVM) {
      descriptors.put(21, own(Open.path(Path.of("/dev/kvm"), OpenFlag.READ_WRITE)));
    }
  }

  /** A machine with {@link CountingFirmware}. */
  static Hardware counting(Path directory, Accelerator accelerator) throws Exception {
    Map<Integer, Fd> boot = Map.of(16, CountingFirmware.file());
    return new Hardware(directory, accelerator, QEMU64, null, boot, null);
  }

  /** A machine with {@link CountingFirmware} under KVM, with that CPU. */
  static Hardware kvm(Path directory, FrozenCpu cpu) throws Exception {
    Map<Integer, Fd> boot = Map.of(16, CountingFirmware.file());
    return new Hardware(directory, Accelerator.KVM, cpu, null, boot, null);
  }

  /** A machine with the demonstration guest, under TCG. */
  static Hardware linux(Path directory) throws Exception {
    return linux(directory, 1);
  }

  /** The same with so many vCPUs, and a network card of so many queues. */
  static Hardware linux(Path directory, int queues) throws Exception {
    Path boot = Checkout.imageRoot("guest").resolve("boot");
    return new Hardware(
        directory,
        Accelerator.TCG,
        QEMU64,
        new KernelBoot("console=ttyS0 quiet panic=1 no_timer_check moult.verify_mb=64", true),
        Map.of(
            14, Open.path(boot.resolve("vmlinuz"), OpenFlag.READ_ONLY),
            15, Open.path(boot.resolve("initrd.img"), OpenFlag.READ_ONLY)),
        null,
        queues);
  }

  /** A machine that boots from these disks, under TCG. */
  static Hardware withDisks(Path directory, DiskHardware disks) throws Exception {
    Map<Integer, Fd> boot = new HashMap<>();
    if (disks.firmware().isFlash()) {
      boolean secure = disks.firmware() == Firmware.UEFI_SECURE;
      String code = secure ? "OVMF_CODE_4M.secboot.fd" : "OVMF_CODE_4M.fd";
      String template = secure ? "OVMF_VARS_4M.ms.fd" : "OVMF_VARS_4M.fd";
      boot.put(16, Open.path(OVMF.resolve(code), OpenFlag.READ_ONLY));
      Path variables = Files.copy(OVMF.resolve(template), directory.resolve("vars.fd"));
      boot.put(17, Open.path(variables, OpenFlag.READ_WRITE));
    } else {
      Path bios = Checkout.imageRoot("qemu-10.0.2").resolve("usr/share/seabios/bios-256k.bin");
      boot.put(16, Open.path(bios, OpenFlag.READ_ONLY));
    }
    return new Hardware(directory, Accelerator.TCG, QEMU64, null, boot, disks);
  }

  /** The frozen machine. */
  FrozenMachine machine() {
    return machine;
  }

  /** The guest's RAM, borrowed. */
  Fd ram() {
    return descriptor(slots.ram());
  }

  /** The meeting place, borrowed. */
  Fd meet() {
    return descriptor(slots.meet());
  }

  /** The namespace that the tap is in, borrowed. */
  Fd network() {
    return network;
  }

  /** The tap's queues, borrowed. */
  List<Tap> queues() {
    return queues;
  }

  /** The guest's serial line. */
  Console console() {
    return console;
  }

  /** The command line of one side. */
  List<String> argv(Role role) {
    return CommandLine.build("/usr/bin/qemu-system-x86_64", machine, slots, role);
  }

  /** Starts A. */
  RealQemu start(String version) throws IOException, InterruptedException {
    return start(version, argv(new Role.Start()));
  }

  /** Starts B, which waits for A's cpr stream. */
  RealQemu incoming(String version) throws IOException, InterruptedException {
    return start(version, argv(new Role.Incoming(B_CPR)));
  }

  /** Starts a QEMU on this hardware with other arguments. */
  RealQemu start(String version, List<String> argv) throws IOException, InterruptedException {
    if (disks == null) {
      return own(RealQemu.start(directory, version, argv, descriptors, slots.qmp()));
    }
    Map<Integer, Fd> all = new HashMap<>(descriptors);
    Map<Integer, Fd> fresh = disks.open();
    if (slots.variables() != null) {
      fresh.put(17, Open.reopen(descriptor(17), OpenFlag.READ_WRITE));
    }
    Path agents = Files.createTempDirectory(directory, "g").resolve("ga.sock");
    try (UnixListener agent =
        UnixListener.bind(UnixSocket.Type.STREAM, agents.toString(), 0700, 1)) {
      all.putAll(fresh);
      all.put(GUEST_AGENT, agent.fd());
      return own(RealQemu.start(directory, version, argv, all, slots.qmp()));
    } finally {
      // Kept, they would keep the locks of a QEMU that is dead.
      Fd.closeAll(fresh.values());
    }
  }

  /** Path of a socket in the meeting place as QEMU opens it. */
  String meeting(String socket) {
    return slots.meetingPath(socket);
  }

  /** Removes the sockets of a handoff that is over. */
  void sweep() throws LinuxException {
    for (String name : List.of(A_CPR, B_CPR, MAIN)) {
      var _ = FileControl.unlinkIfThere(meet(), name);
    }
  }

  /** Waits until the guest has counted on, which it does only while it runs. */
  boolean counts() throws Exception {
    long before = CountingFirmware.count(ram());
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    while (!deadline.isPassed()) {
      if (CountingFirmware.count(ram()) != before) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : owned.reversed()) {
      each.close();
    }
  }

  private Fd descriptor(int slot) {
    return Objects.requireNonNull(descriptors.get(slot));
  }

  private static Tap tap(int queues) throws LinuxException {
    return queues == 1 ? Tap.attach("tap0", true) : Tap.attachQueue("tap0", true);
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }
}
