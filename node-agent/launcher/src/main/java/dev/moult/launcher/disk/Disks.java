package dev.moult.launcher.disk;

import dev.moult.launcher.LaunchException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.ImageFacts.Format;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Operation;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Opens and makes the disks of a plan, and notes what they are. */
public final class Disks {
  private static final String QEMU_IMG = "/usr/bin/qemu-img";
  private static final Set<Resolve> IN_ROOT = EnumSet.of(Resolve.IN_ROOT);

  /** Of qemu-img check: some of the image's clusters are of no use, and none is wrong. */
  private static final int ONLY_LEAKS = 3;

  private static final long MEBI = 1 << 20;

  private final List<ImageFacts> images = new ArrayList<>();

  /** What the disks are that were opened or made so far. */
  public List<ImageFacts> images() {
    return images;
  }

  /** Opens an image; the descriptor is the caller's. */
  public Fd open(Operation.OpenImage image) throws LaunchException {
    int slot = image.slot();
    Fd fd = open(slot, image.disk(), image.directory(), image.path(), OpenFlag.READ_ONLY);
    return opened(
        slot,
        image.disk(),
        fd,
        () -> {
          ImageHeader header =
              ImageHeader.read(
                  slot, image.disk(), FileIo.readAt(fd, 0, ImageHeader.LENGTH), bytes(fd));
          if (header.format() == Format.QCOW2) {
            // Its tables: QEMU reads what lies behind the end of a file that was cut short as
            // zeros.
            Tool.Result read = Tool.run(QEMU_IMG, "check", "-q", "-f", "qcow2", ours(fd));
            if (!read.good() && read.status() != ONLY_LEAKS) {
              throw ImageHeader.invalid(
                  slot, image.disk(), "is damaged (qemu-img check): " + read.why());
            }
          }
          note(slot, header.format(), header.bytes(), fd);
        });
  }

  /** Makes an overlay. */
  public Fd make(Operation.MakeOverlay overlay) throws LaunchException {
    int slot = overlay.slot();
    ImageFacts base =
        images.stream()
            .filter(image -> image.slot() == overlay.base())
            .findFirst()
            .orElseThrow(() ->
                new LaunchException(
                    LaunchReason.OTHER,
                    slot,
                    "the overlay of disk " + overlay.disk() + " has nothing beneath it"));
    Tool.Result made;
    try {
      Files.deleteIfExists(Path.of(overlay.file()));
      made =
          Tool.run(
              QEMU_IMG,
              "create",
              "-q",
              "-f",
              "qcow2",
              "-o",
              "compat=1.1,cluster_size=65536",
              overlay.file(),
              Long.toString(base.bytes()));
    } catch (IOException e) {
      throw failed(slot, overlay.disk(), "its overlay cannot be made", e);
    }
    if (!made.good()) {
      throw new LaunchException(
          made.full() ? LaunchReason.DISK_FULL : LaunchReason.DISK_NOT_OPENED,
          slot,
          "the overlay of disk " + overlay.disk() + " cannot be made: " + made.why());
    }
    Fd fd = openOwn(slot, overlay.disk(), overlay.file());
    return opened(slot, overlay.disk(), fd, () -> note(slot, Format.QCOW2, base.bytes(), fd));
  }

  /** Opens a raw disk, or makes its file. */
  public Fd open(Operation.OpenDisk disk) throws LaunchException {
    int slot = disk.slot();
    boolean write = disk.access() == Operation.Access.READ_WRITE;
    OpenFlag access = write ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY;
    boolean mayMake = write && disk.bytes() > 0;
    Fd fd =
        mayMake
            ? open(slot, disk.disk(), disk.directory(), disk.path(), access, OpenFlag.CREATE)
            : open(slot, disk.disk(), disk.directory(), disk.path(), access);
    return opened(
        slot,
        disk.disk(),
        fd,
        () -> {
          FileStat seen = FileStat.of(fd);
          if (mayMake && seen.type() == FileStat.Type.REGULAR && seen.size() == 0) {
            // New, or left by a launcher that died between its birth and this.
            FileControl.truncate(fd, fitting(disk, new File(disk.directory()).getUsableSpace()));
          }
          note(slot, Format.RAW, ImageHeader.raw(slot, disk.disk(), bytes(fd)), fd);
        });
  }

  /** A claim's size counts what its file system needs for itself, so that no file is as large. */
  private static long fitting(Operation.OpenDisk disk, long room) throws LaunchException {
    long bytes = Math.min(disk.bytes(), (room - room / 64) / MEBI * MEBI);
    if (bytes < MEBI) {
      throw new LaunchException(
          LaunchReason.DISK_FULL,
          disk.slot(),
          "the volume of disk " + disk.disk() + " has no room for a disk: " + room + " bytes");
    }
    return bytes;
  }

  /** Makes an empty disk. */
  public Fd make(Operation.MakeDisk disk) throws LaunchException {
    int slot = disk.slot();
    try {
      Files.deleteIfExists(Path.of(disk.file()));
      Files.createFile(Path.of(disk.file()));
    } catch (IOException e) {
      throw failed(slot, disk.disk(), "it cannot be made", e);
    }
    Fd fd = openOwn(slot, disk.disk(), disk.file());
    return opened(
        slot,
        disk.disk(),
        fd,
        () -> {
          FileControl.truncate(fd, ImageHeader.raw(slot, disk.disk(), disk.bytes()));
          note(slot, Format.RAW, disk.bytes(), fd);
        });
  }

  /** Makes a seed for cloud-init. */
  public Fd make(Operation.MakeSeed seed) throws LaunchException {
    int slot = seed.slot();
    try {
      Seed.make(seed);
    } catch (IOException e) {
      throw failed(slot, seed.disk(), "its seed cannot be made", e);
    }
    Fd fd;
    try {
      fd = Open.path(seed.file(), 0, OpenFlag.READ_ONLY);
    } catch (LinuxException e) {
      throw failed(slot, seed.disk(), "its seed cannot be opened", e);
    }
    return opened(slot, seed.disk(), fd, () -> note(slot, Format.RAW, bytes(fd), fd));
  }

  /** Copies the firmware's variables. */
  public Fd copy(Operation.CopyFile copy) throws LaunchException {
    try {
      Files.copy(Path.of(copy.from()), Path.of(copy.file()), StandardCopyOption.REPLACE_EXISTING);
      return Open.path(copy.file(), 0, OpenFlag.READ_WRITE);
    } catch (NoSuchFileException e) {
      throw new LaunchException(
          LaunchReason.FIRMWARE_NOT_FOUND,
          copy.slot(),
          "the anchor's image has no " + copy.from() + ": its firmware is missing");
    } catch (LinuxException e) {
      throw failed(copy.slot(), copy.file(), "it cannot be opened", e);
    } catch (IOException e) {
      throw failed(copy.slot(), copy.file(), "it cannot be made", e);
    }
  }

  private Fd open(int slot, String disk, String directory, String path, OpenFlag... flags)
      throws LaunchException {
    List<OpenFlag> all = new ArrayList<>(List.of(flags));
    all.add(OpenFlag.NON_BLOCKING); // a FIFO would keep an ordinary open waiting for ever
    String where = path + " in " + directory;
    try (Fd root = Open.path(directory, 0, OpenFlag.PATH, OpenFlag.DIRECTORY)) {
      Fd fd = Open.at(root, path, IN_ROOT, all.toArray(OpenFlag[]::new));
      FileStat.Type type = FileStat.of(fd).type();
      if (type == FileStat.Type.REGULAR || type == FileStat.Type.BLOCK_DEVICE) {
        return fd;
      }
      fd.close();
      throw new LaunchException(
          LaunchReason.DISK_NOT_FOUND,
          slot,
          "disk " + disk + ": " + where + " is a " + type.name().toLowerCase(Locale.ROOT));
    } catch (LinuxException e) {
      boolean missing =
          e.isNoEntry() || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP) || e.is(Errno.EISDIR);
      throw new LaunchException(
          missing
              ? LaunchReason.DISK_NOT_FOUND
              : e.is(Errno.ENOSPC) ? LaunchReason.DISK_FULL : LaunchReason.DISK_NOT_OPENED,
          slot,
          "disk " + disk + ": " + (missing ? "there is no file " : "cannot open ") + where,
          e);
    }
  }

  private static Fd openOwn(int slot, String disk, String file) throws LaunchException {
    try {
      return Open.path(file, 0, OpenFlag.READ_WRITE);
    } catch (LinuxException e) {
      throw failed(slot, disk, "what was made for it cannot be opened", e);
    }
  }

  private interface Look {
    void take() throws LaunchException, IOException;
  }

  /** The descriptor, once it was looked at; closed if that fails. */
  private static Fd opened(int slot, String disk, Fd fd, Look look) throws LaunchException {
    boolean good = false;
    try {
      look.take();
      good = true;
      return fd;
    } catch (IOException e) {
      throw failed(slot, disk, "it cannot be looked at", e);
    } finally {
      if (!good) {
        fd.close();
      }
    }
  }

  private void note(int slot, Format format, long bytes, Fd fd) throws LinuxException {
    images.add(new ImageFacts(slot, format, bytes, direct(fd)));
  }

  /** Whether QEMU may go past the page cache: not every file system lets it. */
  private static boolean direct(Fd fd) throws LinuxException {
    try (Fd other = Open.reopen(fd, OpenFlag.READ_ONLY, OpenFlag.DIRECT)) {
      return other.isOpen();
    } catch (LinuxException e) {
      if (e.is(Errno.EINVAL)) {
        return false;
      }
      throw e;
    }
  }

  /** Bytes of a file or a block device. */
  private static long bytes(Fd fd) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(fd.procPath()))) {
      return channel.size();
    }
  }

  /** The descriptor's name for a child of this process. */
  private static String ours(Fd fd) {
    return "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd.number();
  }

  private static LaunchException failed(int slot, String disk, String what, IOException e) {
    String message = "disk " + disk + ": " + what;
    if (e instanceof LinuxException linux) {
      return new LaunchException(
          linux.is(Errno.ENOSPC) || linux.is(Errno.EDQUOT) || linux.is(Errno.EFBIG)
              ? LaunchReason.DISK_FULL
              : LaunchReason.DISK_NOT_OPENED,
          slot,
          message,
          linux);
    }
    boolean full = String.valueOf(e.getMessage()).contains("No space left");
    return new LaunchException(
        full ? LaunchReason.DISK_FULL : LaunchReason.DISK_NOT_OPENED, slot, message + ": " + e);
  }
}
