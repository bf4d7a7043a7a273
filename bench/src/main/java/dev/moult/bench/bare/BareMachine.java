package dev.moult.bench.bare;

import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.mount.DetachedTmpfs;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.DescriptorSlots;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenCpu;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.KernelBoot;
import dev.moult.qemu.machine.Nic;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.machine.Smbios;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A product's machine as descriptors of this process: the same slots and the same command line as
 * the product gives its QEMUs.
 */
final class BareMachine implements AutoCloseable {
  /** The guest's own, in every machine. */
  static final String GUEST_ADDRESS = "10.0.2.2";

  /** The host's end of the guest's network. */
  static final String GATEWAY = "10.0.2.1";

  /** What the pod network of the development cluster has. */
  private static final int MTU = 1500;

  private static final String TAP = "tap0";

  // As in docs/architecture.md, "Descriptor slots".
  private static final int RAM = 10;
  private static final int MEET = 11;
  private static final int TAP_SLOT = 12;
  private static final int TTY = 13;
  private static final int KERNEL = 14;
  private static final int INITRD = 15;
  private static final int FIRMWARE = 16;
  private static final int QMP = 20;
  private static final int GUEST_AGENT = 22;

  private final FrozenMachine machine;
  private final DescriptorSlots slots;
  private final @Nullable BareDisks disks;
  private final Map<Integer, Fd> descriptors = new HashMap<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Fd namespace;
  private final Fd meet;
  private final UnixSocket console;

  private BareMachine(FrozenMachine machine, DescriptorSlots slots, @Nullable BareDisks disks)
      throws Exception {
    this.machine = machine;
    this.slots = slots;
    this.disks = disks;
    namespace = own(NetworkNamespace.create());
    meet = own(new DetachedTmpfs(64 * 1024, 16, 0, 0, 0700).mount());
    UnixSocket.Pair serial = UnixSocket.pair(UnixSocket.Type.STREAM);
    console = serial.left();
    descriptors.put(TTY, own(serial.right()).fd());
    descriptors.put(MEET, meet);
    descriptors.put(TAP_SLOT, own(tap(namespace)).fd());
    descriptors.put(RAM, own(Memfd.guestRam("ram", machine.memoryBytes(), Memfd.Pages.NORMAL)));
  }

  /**
   * The machine that a spec with a kernel asks for: everything but the QEMU. The guest's RAM is
   * allocated here.
   *
   * @param guestRoot root of the guest image's files
   */
  static BareMachine of(VirtualMachineSpec spec, Path guestRoot) throws Exception {
    var kernel = Objects.requireNonNull(spec.boot().kernel(), "spec.boot.kernel");
    var made =
        new BareMachine(
            frozen(spec),
            new DescriptorSlots(RAM, MEET, List.of(TAP_SLOT), TTY, KERNEL, INITRD, null, QMP, null),
            null);
    made.park(KERNEL, inside(guestRoot, kernel.kernelPath()));
    made.park(INITRD, inside(guestRoot, Objects.requireNonNull(kernel.initrdPath(), "initrdPath")));
    return made;
  }

  /** As above, of one that boots by firmware. */
  static BareMachine of(FrozenMachine machine, Path firmware, BareDisks disks) throws Exception {
    var made =
        new BareMachine(
            machine,
            new DescriptorSlots(
                RAM,
                MEET,
                List.of(TAP_SLOT),
                TTY,
                null,
                null,
                FIRMWARE,
                QMP,
                null,
                null,
                disks.slots(),
                GUEST_AGENT),
            disks);
    made.park(FIRMWARE, firmware);
    return made;
  }

  private void park(int slot, Path file) throws LinuxException {
    descriptors.put(slot, own(Open.path(file)));
  }

  private static FrozenMachine frozen(VirtualMachineSpec spec) {
    var args =
        Objects.requireNonNullElse(
            Objects.requireNonNull(spec.boot().kernel(), "spec.boot.kernel").args(), "");
    return new FrozenMachine(
        "bare",
        UUID.fromString("6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11"),
        Objects.requireNonNull(spec.machineType(), "spec.machineType"),
        Accelerator.TCG,
        FrozenCpu.named(CpuModels.TCG_DEFAULT),
        spec.cpu().cores(),
        FrozenMachine.roundMemory(spec.memory().size().getNumericalAmount().longValueExact()),
        Firmware.BUNDLED,
        new KernelBoot(args, true),
        List.of(new Nic("0", "52:54:00:6d:6c:74", MTU, 1, "pcie.0", 3)),
        Smbios.MOULT);
  }

  private static Path inside(Path root, String path) {
    return root.resolve(path.replaceFirst("^/+", ""));
  }

  /** A tap with the guest's gateway on it, in a network namespace that holds nothing else. */
  private static Tap tap(Fd namespace) throws Exception {
    Tap tap = NetworkNamespace.call(namespace, () -> Tap.attach(TAP, true));
    inNamespace(namespace, "ip", "address", "add", GATEWAY + "/24", "dev", TAP);
    inNamespace(namespace, "ip", "link", "set", TAP, "up");
    return tap;
  }

  private static void inNamespace(Fd namespace, String... command)
      throws IOException, InterruptedException {
    var path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + namespace.number();
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + path));
    words.addAll(List.of(command));
    var process = new ProcessBuilder(words).redirectErrorStream(true).start();
    var said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(words + ": " + said);
    }
  }

  /** The command line of one side. */
  List<String> argv(Role role) {
    return CommandLine.build("/usr/bin/qemu-system-x86_64", machine, slots, role);
  }

  /**
   * What one QEMU is given, by number.
   *
   * @param descriptors to be passed on
   * @param own those of them that are this QEMU's alone: closed here when it has them
   */
  record Opened(Map<Integer, Fd> descriptors, List<Fd> own) implements AutoCloseable {
    @Override
    public void close() {
      own.forEach(Fd::close);
    }
  }

  /** Opens what each QEMU has of its own. */
  Opened open() throws LinuxException {
    Map<Integer, Fd> fresh = new HashMap<>();
    if (disks != null) {
      disks.open(fresh);
    }
    Map<Integer, Fd> all = new HashMap<>(descriptors);
    all.putAll(fresh);
    return new Opened(all, List.copyOf(fresh.values()));
  }

  /** The numbers of the listening sockets that each QEMU has of its own, the monitor's first. */
  List<Integer> listeningSlots() {
    return slots.guestAgent() == null ? List.of(QMP) : List.of(QMP, GUEST_AGENT);
  }

  /** Path of a socket in the meeting place as QEMU opens it. */
  String meeting(String socket) {
    return slots.meetingPath(socket);
  }

  /** The directory in which both QEMUs find each other's sockets. */
  Fd meet() {
    return meet;
  }

  /** The network namespace with the guest's tap. */
  Fd namespace() {
    return namespace;
  }

  /** The near end of the serial console, given away. */
  UnixSocket console() {
    return console;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : owned.reversed()) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }
}
