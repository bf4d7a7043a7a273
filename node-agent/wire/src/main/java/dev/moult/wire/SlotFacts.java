package dev.moult.wire;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;

/**
 * What one descriptor is, by fstat and fcntl: enough to recognise it later.
 *
 * @param slot its number
 * @param kind what it refers to
 * @param device {@code st_dev}: the major number in the upper half, the minor in the lower
 * @param inode {@code st_ino}
 * @param rdev {@code st_rdev} in the same form; 0 for anything but a device node
 * @param size bytes of a file or memfd; 0 for anything else
 * @param seals the bits of {@code F_GET_SEALS} (linux/fcntl.h); 0 where it has none
 * @param access with what access it was opened
 * @param hugePageBytes size of the huge pages that it is made of; 0 for anything else
 */
public record SlotFacts(
    int slot,
    Kind kind,
    long device,
    long inode,
    long rdev,
    long size,
    int seals,
    Access access,
    long hugePageBytes)
    implements Encodable {

  /** Something that is not made of huge pages. */
  public SlotFacts(
      int slot,
      Kind kind,
      long device,
      long inode,
      long rdev,
      long size,
      int seals,
      Access access) {
    this(slot, kind, device, inode, rdev, size, seals, access, 0);
  }

  /** What a descriptor refers to. */
  public enum Kind {
    /** A regular file, memfds included. */
    FILE,
    /** A directory, the meeting place included. */
    DIRECTORY,
    /** A character device: terminal, tap, /dev/kvm. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A socket. */
    SOCKET,
    /** A pipe. */
    PIPE,
    /** Anything else. */
    OTHER;

    static Kind of(FileStat.Type type) {
      return switch (type) {
        case REGULAR -> FILE;
        case DIRECTORY -> DIRECTORY;
        case CHARACTER_DEVICE -> CHARACTER_DEVICE;
        case BLOCK_DEVICE -> BLOCK_DEVICE;
        case SOCKET -> SOCKET;
        case PIPE -> PIPE;
        case SYMBOLIC_LINK, ANONYMOUS -> OTHER;
      };
    }

    static Kind of(int code) {
      Kind[] all = values();
      return code >= 0 && code < all.length ? all[code] : OTHER;
    }
  }

  /** With what access a descriptor was opened. */
  public enum Access {
    /** Reading only. */
    READ,
    /** Writing only. */
    WRITE,
    /** Both. */
    READ_WRITE,
    /** Neither: O_PATH, a name only. */
    PATH;

    static Access of(FileControl.AccessMode mode) {
      return switch (mode) {
        case READ -> READ;
        case WRITE -> WRITE;
        case READ_WRITE -> READ_WRITE;
        case NONE -> PATH;
      };
    }

    static Access of(int code) throws WireException {
      Access[] all = values();
      if (code < 0 || code >= all.length) {
        throw new WireException("unknown access mode " + code);
      }
      return all[code];
    }
  }

  /** What a descriptor (borrowed) is, as the kernel says; {@code slot} is only noted. */
  public static SlotFacts of(int slot, Fd fd) throws LinuxException {
    FileStat stat = FileStat.of(fd);
    Kind kind = Kind.of(stat.type());
    boolean device = kind == Kind.CHARACTER_DEVICE || kind == Kind.BLOCK_DEVICE;
    return new SlotFacts(
        slot,
        kind,
        number(stat.device()),
        stat.inode(),
        device ? number(stat.deviceNumber()) : 0,
        kind == Kind.FILE ? stat.size() : 0,
        kind == Kind.FILE ? seals(fd) : 0,
        Access.of(FileControl.accessMode(fd)),
        kind == Kind.FILE ? FileControl.hugePageBytes(fd) : 0);
  }

  private static long number(FileStat.DeviceNumber device) {
    return (long) device.major() << 32 | device.minor();
  }

  private static int seals(Fd fd) throws LinuxException {
    try {
      int bits = 0;
      for (Memfd.Seal seal : Memfd.seals(fd)) {
        bits |= 1 << seal.ordinal(); // declared in the order of the kernel's bits
      }
      return bits;
    } catch (LinuxException e) {
      if (e.is(Errno.EINVAL) || e.is(Errno.EBADF)) {
        return 0; // no memory file, or no more than a name of one
      }
      throw e;
    }
  }

  /** The same with another size. */
  public SlotFacts withSize(long bytes) {
    return new SlotFacts(slot, kind, device, inode, rdev, bytes, seals, access, hugePageBytes);
  }

  /**
   * Whether this is what was told of it. Who does not know of huge pages does not tell of them;
   * that a file is the same one says that its pages are.
   */
  public boolean isAs(SlotFacts told) {
    return equals(told.hugePageBytes == 0 ? told.withHugePageBytes(hugePageBytes) : told);
  }

  private SlotFacts withHugePageBytes(long bytes) {
    return new SlotFacts(slot, kind, device, inode, rdev, size, seals, access, bytes);
  }

  /** The same file behind the same kind of descriptor, whatever its slot. */
  public boolean sameFile(SlotFacts other) {
    return kind == other.kind
        && device == other.device
        && inode == other.inode
        && rdev == other.rdev;
  }

  @Override
  @SuppressWarnings("EnumOrdinal") // the constants are never reordered
  public void write(FieldWriter out) {
    out.integer(1, slot)
        .integer(2, kind.ordinal())
        .number(3, device)
        .number(4, inode)
        .number(5, rdev)
        .number(6, size)
        .integer(7, seals)
        .integer(8, access.ordinal());
    if (hugePageBytes != 0) { // as it was before there were huge pages
      out.number(9, hugePageBytes);
    }
  }

  static SlotFacts read(Fields in) throws WireException {
    return new SlotFacts(
        in.natural(1),
        Kind.of(in.integer(2)),
        in.number(3),
        in.number(4),
        in.number(5),
        in.number(6),
        in.integer(7),
        Access.of(in.integer(8)),
        in.has(9) ? in.number(9) : 0);
  }
}
