package dev.moult.bench.bare;

import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.linux.Fd;
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

/**
 * The machine that a VirtualMachine's spec asks for, as descriptors of this process: the same slots
 * and the same command line as the product gives its QEMUs.
 */
final class BareMachine implements AutoCloseable {
  private static final DescriptorSlots SLOTS =
      new DescriptorSlots(10, 11, List.of(12), 13, 14, 15, null, 20, null);

  /** What the pod network of the development cluster has. */
  private static final int MTU = 1500;

  private static final String TAP = "tap0";

  private final FrozenMachine machine;
  private final Map<Integer, Fd> descriptors = new HashMap<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Fd namespace;
  private final Fd meet;
  private final UnixSocket console;

  private BareMachine(VirtualMachineSpec spec, Path guestRoot) throws Exception {
    machine = frozen(spec);
    var kernel = Objects.requireNonNull(spec.boot().kernel(), "spec.boot.kernel");
    namespace = own(NetworkNamespace.create());
    meet = own(new DetachedTmpfs(64 * 1024, 16, 0, 0, 0700).mount());
    UnixSocket.Pair serial = UnixSocket.pair(UnixSocket.Type.STREAM);
    console = serial.left();
    descriptors.put(13, own(serial.right()).fd());
    descriptors.put(11, meet);
    descriptors.put(12, own(tap(namespace)).fd());
    descriptors.put(14, own(Open.path(inside(guestRoot, kernel.kernelPath()))));
    descriptors.put(
        15,
        own(Open.path(inside(guestRoot, Objects.requireNonNull(kernel.initrdPath(), "initrd")))));
    descriptors.put(10, own(Memfd.guestRam("ram", machine.memoryBytes(), Memfd.Pages.NORMAL)));
  }

  /**
   * Makes everything but the QEMU; the guest's RAM is allocated here.
   *
   * @param guestRoot root of the guest image's files
   */
  static BareMachine of(VirtualMachineSpec spec, Path guestRoot) throws Exception {
    return new BareMachine(spec, guestRoot);
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
    inNamespace(namespace, "ip", "address", "add", "10.0.2.1/24", "dev", TAP);
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
    return CommandLine.build("/usr/bin/qemu-system-x86_64", machine, SLOTS, role);
  }

  /** What every QEMU of the chain is given, by number. */
  Map<Integer, Fd> descriptors() {
    return descriptors;
  }

  /** The number of the monitor's listening socket, which each QEMU has of its own. */
  int qmpSlot() {
    return SLOTS.qmp();
  }

  /** Path of a socket in the meeting place as QEMU opens it. */
  String meeting(String socket) {
    return SLOTS.meetingPath(socket);
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
