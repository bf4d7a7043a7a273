package dev.moult.qemu.real;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.machine.DescriptorSlots.DiskSlots;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenDisk.Bus;
import dev.moult.qemu.machine.FrozenDisk.Format;
import dev.moult.qemu.machine.FrozenDisk.Image;
import dev.moult.qemu.machine.FrozenDisk.Type;
import dev.moult.qemu.testing.WritingGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The disks of {@link WritingGuest}: an overlay on its image, and an empty raw one, both on the bus
 * given; beside them a CD-ROM, and one on each other bus. Each QEMU gets opens of its own.
 */
final class DiskHardware {
  private static final long BYTES = 8 << 20;

  /** One disk: its frozen form and its files. */
  private record Made(FrozenDisk disk, Path image, @Nullable Path base) {}

  private final Path directory;
  private final Firmware firmware;
  private final List<Made> made = new ArrayList<>();
  private final Map<Bus, Integer> units = new HashMap<>();

  private DiskHardware(Path directory, Firmware firmware) {
    this.directory = directory;
    this.firmware = firmware;
  }

  static DiskHardware make(Path directory, Bus bus, Format base, Firmware firmware)
      throws IOException, InterruptedException {
    var disks = new DiskHardware(directory, firmware);
    Path guest = WritingGuest.image(directory, BYTES);
    if (base == Format.QCOW2) {
      Path qcow2 = directory.resolve("guest.qcow2");
      WritingGuest.run(
          "qemu-img", "convert", "-O", "qcow2", "-f", "raw", guest.toString(), qcow2.toString());
      guest = qcow2;
    }
    Path overlay = directory.resolve("overlay.qcow2");
    WritingGuest.run(
        "qemu-img", "create", "-q", "-f", "qcow2", overlay.toString(), String.valueOf(BYTES));
    disks.add(Type.DISK, bus, Format.QCOW2, overlay, base, guest, 1, false);
    disks.add(Type.DISK, bus, Format.RAW, disks.raw("data"), null, null, 2, false);
    disks.add(Type.CDROM, Bus.SATA, Format.RAW, disks.raw("cd"), null, null, 0, true);
    for (Bus other : Bus.values()) {
      disks.add(Type.DISK, other, Format.RAW, disks.raw("on" + other), null, null, 0, false);
    }
    return disks;
  }

  Firmware firmware() {
    return firmware;
  }

  /** What the guest wrote to the overlay. */
  Path overlay() {
    return made.get(0).image();
  }

  /** What the guest wrote to the raw disk. */
  Path data() {
    return made.get(1).image();
  }

  List<FrozenDisk> frozen() {
    return made.stream().map(Made::disk).toList();
  }

  List<DiskSlots> slots() {
    return made.stream()
        .map(each ->
            new DiskSlots(
                30 + 2 * each.disk().index(),
                each.base() == null ? null : 31 + 2 * each.disk().index()))
        .toList();
  }

  /** Fresh opens for one QEMU, by slot; the caller closes them. */
  Map<Integer, Fd> open() throws LinuxException {
    Map<Integer, Fd> all = new HashMap<>();
    for (Made each : made) {
      FrozenDisk disk = each.disk();
      int slot = 30 + 2 * disk.index();
      all.put(slot, open(each.image(), !disk.readOnly(), disk.opensDirect(disk.image())));
      Path base = each.base();
      Image beneath = disk.base();
      if (base != null && beneath != null) {
        all.put(slot + 1, open(base, false, disk.opensDirect(beneath)));
      }
    }
    return all;
  }

  private static Fd open(Path file, boolean write, boolean direct) throws LinuxException {
    OpenFlag access = write ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY;
    return direct ? Open.path(file, access, OpenFlag.DIRECT) : Open.path(file, access);
  }

  private Path raw(String name) throws IOException, InterruptedException {
    Path file = directory.resolve(name + ".raw");
    WritingGuest.run("truncate", "-s", String.valueOf(BYTES), file.toString());
    return file;
  }

  private void add(
      Type type,
      Bus bus,
      Format format,
      Path image,
      @Nullable Format baseFormat,
      @Nullable Path base,
      int bootIndex,
      boolean readOnly)
      throws IOException {
    int count = units.merge(bus, 1, Integer::sum) - 1;
    boolean direct = direct(image);
    made.add(
        new Made(
            new FrozenDisk(
                made.size(),
                image.getFileName().toString(),
                type,
                bus,
                bus == Bus.VIRTIO ? 4 + count : count,
                new Image(format, false, direct),
                baseFormat == null ? null : new Image(baseFormat, false, direct),
                readOnly,
                "serial" + made.size(),
                bootIndex,
                FrozenDisk.Cache.NONE,
                true),
            image,
            base));
  }

  private static boolean direct(Path file) throws IOException {
    try (Fd fd = Open.path(file, OpenFlag.READ_ONLY, OpenFlag.DIRECT)) {
      return fd.isOpen() && Files.exists(file);
    } catch (LinuxException e) {
      if (e.is(Errno.EINVAL)) {
        return false;
      }
      throw e;
    }
  }
}
