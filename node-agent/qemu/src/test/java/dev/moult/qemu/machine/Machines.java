package dev.moult.qemu.machine;

import dev.moult.qemu.Recorded;
import dev.moult.qemu.probe.ProbeFormatException;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.probe.script.ProbeScript;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** A machine as issue 3 builds it, and the recorded probes. */
public final class Machines {

  /** The slots of {@code docs/architecture.md}, with TCG. */
  public static final DescriptorSlots SLOTS =
      new DescriptorSlots(10, 11, List.of(12), 13, 14, 15, null, 20, null);

  private Machines() {}

  /** One vCPU, 512 MiB, one network card, a kernel and an initrd, TCG. */
  public static FrozenMachine web() {
    return web("52:54:00:12:34:56", 512);
  }

  /** The same with another MAC and size in MiB. */
  public static FrozenMachine web(String mac, int mebibytes) {
    return web(mac, mebibytes, 1);
  }

  /** The same with so many vCPUs and queues of its network card. */
  static FrozenMachine web(int queues) {
    return web("52:54:00:12:34:56", 512, queues);
  }

  private static FrozenMachine web(String mac, int mebibytes, int queues) {
    return new FrozenMachine(
        "web",
        UUID.fromString("6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11"),
        "pc-q35-10.0",
        Accelerator.TCG,
        FrozenCpu.named("qemu64-v1"),
        queues,
        mebibytes * 1024L * 1024L,
        Firmware.BUNDLED,
        new KernelBoot("console=ttyS0 panic=1 quiet", true),
        List.of(new Nic("0", mac, 1500, queues, "pcie.0", 3)),
        Smbios.MOULT);
  }

  /** The slots of {@link #debian}. */
  public static final DescriptorSlots DISK_SLOTS =
      new DescriptorSlots(
          10,
          11,
          List.of(12),
          13,
          null,
          null,
          16,
          20,
          null,
          17,
          List.of(
              new DescriptorSlots.DiskSlots(30, 31),
              new DescriptorSlots.DiskSlots(32, null),
              new DescriptorSlots.DiskSlots(34, null),
              new DescriptorSlots.DiskSlots(36, null)),
          22);

  /** A guest that boots from its disks: an overlay, a device, a seed on SATA, and one on SCSI. */
  public static FrozenMachine debian(Firmware firmware) {
    FrozenMachine web = web();
    return new FrozenMachine(
        web.name(),
        web.uuid(),
        web.machineType(),
        web.accelerator(),
        web.cpu(),
        2,
        web.memoryBytes(),
        firmware,
        null,
        web.nics(),
        web.smbios().withSerial("SN 0042"),
        List.of(
            new FrozenDisk(
                0,
                "root",
                FrozenDisk.Type.DISK,
                FrozenDisk.Bus.VIRTIO,
                4,
                new FrozenDisk.Image(FrozenDisk.Format.QCOW2, false, true),
                new FrozenDisk.Image(FrozenDisk.Format.RAW, false, false),
                false,
                "root",
                1,
                FrozenDisk.Cache.NONE,
                true),
            new FrozenDisk(
                1,
                "data",
                FrozenDisk.Type.DISK,
                FrozenDisk.Bus.VIRTIO,
                5,
                new FrozenDisk.Image(FrozenDisk.Format.RAW, true, true),
                null,
                false,
                "data",
                0,
                FrozenDisk.Cache.WRITETHROUGH,
                false),
            new FrozenDisk(
                2,
                "seed",
                FrozenDisk.Type.CDROM,
                FrozenDisk.Bus.SATA,
                0,
                new FrozenDisk.Image(FrozenDisk.Format.RAW, false, true),
                null,
                true,
                "seed",
                0,
                FrozenDisk.Cache.NONE,
                true),
            new FrozenDisk(
                3,
                "tmp",
                FrozenDisk.Type.DISK,
                FrozenDisk.Bus.SCSI,
                0,
                new FrozenDisk.Image(FrozenDisk.Format.RAW, false, true),
                null,
                false,
                "tmp",
                0,
                FrozenDisk.Cache.WRITEBACK,
                true)),
        List.of(Extra.VIDEO, Extra.RNG, Extra.GUEST_AGENT, Extra.PANIC),
        UUID.fromString("0a4d2f9a-7c11-3a3b-9d5e-6f1c9d0e5a3b"),
        Watchdog.RESET,
        0);
  }

  /** A machine with its RAM in huge pages. */
  public static FrozenMachine huge(FrozenMachine ordinary, long pageBytes) {
    return new FrozenMachine(
        ordinary.name(),
        ordinary.uuid(),
        ordinary.machineType(),
        ordinary.accelerator(),
        ordinary.cpu(),
        ordinary.vcpus(),
        ordinary.memoryBytes(),
        ordinary.firmware(),
        ordinary.kernel(),
        ordinary.nics(),
        ordinary.smbios(),
        ordinary.disks(),
        ordinary.extras(),
        ordinary.generation(),
        ordinary.watchdog(),
        pageBytes);
  }

  /** The recorded probe of a version. */
  static ProbeReport probe(String version) {
    byte[] transcript = Recorded.bytes("probe/" + version + ".txt");
    try {
      return ProbeReport.parse(ProbeScript.pack(transcript, transcript.length));
    } catch (ProbeFormatException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
