package dev.moult.qemu.real;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.mount.DetachedTmpfs;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.DescriptorSlots;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenCpu;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Nic;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.machine.Smbios;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What an anchor holds for one guest, made for a test: RAM, tap, console, firmware, meeting place.
 */
final class Hardware implements AutoCloseable {

  static final String A_CPR = "a-cpr.sock";
  static final String B_CPR = "b-cpr.sock";
  static final String MAIN = "main.sock";

  private static final int FIRMWARE_SLOT = 16;
  private static final int KVM_SLOT = 21;

  final FrozenMachine machine;
  final Fd ram;
  final Fd meet;
  final UnixSocket console;

  private final Path directory;
  private final DescriptorSlots slots;
  private final Map<Integer, Fd> descriptors = new HashMap<>();
  private final List<AutoCloseable> owned = new ArrayList<>();

  private Hardware(Path directory, Accelerator accelerator, int mebibytes, String cpu)
      throws Exception {
    this.directory = directory;
    boolean kvm = accelerator == Accelerator.KVM;
    machine =
        new FrozenMachine(
            "web",
            UUID.fromString("6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11"),
            "pc-q35-10.0",
            accelerator,
            FrozenCpu.named(cpu),
            1,
            mebibytes * 1024L * 1024L,
            Firmware.DESCRIPTOR,
            null,
            List.of(new Nic("0", "52:54:00:12:34:56", 1500, 1, "pcie.0", 3)),
            Smbios.MOULT);
    slots =
        new DescriptorSlots(
            10, 11, List.of(12), 13, null, null, FIRMWARE_SLOT, 20, kvm ? KVM_SLOT : null);
    ram = own(Memfd.guestRam("ram", machine.memoryBytes(), Memfd.Pages.NORMAL));
    meet = own(new DetachedTmpfs(64 * 1024, 16, 0, 0, 0700).mount());
    UnixSocket.Pair serial = own(UnixSocket.pair(UnixSocket.Type.STREAM));
    console = serial.left();
    descriptors.put(10, ram);
    descriptors.put(11, meet);
    descriptors.put(12, tap());
    descriptors.put(13, serial.right().fd());
    descriptors.put(FIRMWARE_SLOT, own(CountingFirmware.file()));
    if (kvm) {
      descriptors.put(KVM_SLOT, own(Open.path(Path.of("/dev/kvm"), OpenFlag.READ_WRITE)));
    }
  }

  static Hardware of(Path directory, Accelerator accelerator) throws Exception {
    return new Hardware(directory, accelerator, 64, "qemu64-v1");
  }

  /** The command line of one side. */
  List<String> argv(Role role) {
    return CommandLine.build("/usr/bin/qemu-system-x86_64", machine, slots, role);
  }

  /** Starts A. */
  RealQemu start(String version) throws IOException {
    return start(version, argv(new Role.Start()));
  }

  /** Starts B, which waits for A's cpr stream. */
  RealQemu incoming(String version) throws IOException {
    return start(version, argv(new Role.Incoming(B_CPR)));
  }

  /** Starts a QEMU on this hardware with other arguments. */
  RealQemu start(String version, List<String> argv) throws IOException {
    return own(RealQemu.start(directory, version, argv, descriptors, slots.qmp()));
  }

  /** Path of a socket in the meeting place as QEMU opens it. */
  String meeting(String socket) {
    return slots.meetingPath(socket);
  }

  /** Waits until the guest has counted on, which it does only while it runs. */
  boolean counts() throws Exception {
    long before = CountingFirmware.count(ram);
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    while (!deadline.isPassed()) {
      if (CountingFirmware.count(ram) != before) {
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

  private Fd tap() throws Exception {
    Fd namespace = own(NetworkNamespace.create());
    Tap tap = own(NetworkNamespace.call(namespace, () -> Tap.attach("tap0", true)));
    return tap.fd();
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }
}
