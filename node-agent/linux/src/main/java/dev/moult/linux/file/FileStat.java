package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/**
 * What a descriptor refers to (statx).
 *
 * @param device file system it lies on
 * @param inode number in that file system
 * @param mode type and permission bits, as {@code st_mode}
 * @param uid owner
 * @param gid group
 * @param links number of names
 * @param deviceNumber for a device node: which device
 * @param size bytes
 * @param blocks allocated, in units of 512 bytes
 */
public record FileStat(
    DeviceNumber device,
    long inode,
    int mode,
    int uid,
    int gid,
    int links,
    DeviceNumber deviceNumber,
    long size,
    long blocks) {

  /** Kinds of files. */
  public enum Type {
    REGULAR(FileAbi.S_IFREG),
    DIRECTORY(FileAbi.S_IFDIR),
    SYMBOLIC_LINK(FileAbi.S_IFLNK),
    SOCKET(FileAbi.S_IFSOCK),
    PIPE(FileAbi.S_IFIFO),
    BLOCK_DEVICE(FileAbi.S_IFBLK),
    CHARACTER_DEVICE(FileAbi.S_IFCHR),
    /** eventfd, pidfd, KVM and the like: inodes without a type. */
    ANONYMOUS(0);

    private final int bits;

    Type(int bits) {
      this.bits = bits;
    }
  }

  /**
   * Major and minor number.
   *
   * @param major driver
   * @param minor device of that driver
   */
  public record DeviceNumber(int major, int minor) {
    @Override
    public String toString() {
      return major + ":" + minor;
    }
  }

  /** Of a descriptor, an O_PATH one too. */
  public static FileStat of(Fd fd) throws LinuxException {
    return statx(fd.number(), "", FileAbi.AT_EMPTY_PATH);
  }

  /** Of a name in a directory; a symbolic link is looked at itself. */
  public static FileStat at(Fd directory, String name) throws LinuxException {
    return statx(directory.number(), name, FileAbi.AT_SYMLINK_NOFOLLOW);
  }

  private static FileStat statx(int directory, String name, int flags) throws LinuxException {
    try (Memory m = new Memory(FileAbi.STATX_SIZE)) {
      m.clear();
      try {
        StatNative.statx(directory, name, flags, FileAbi.STATX_BASIC_STATS, m);
      } catch (LastErrorException e) {
        throw LinuxException.from("statx(" + name + ")", e);
      }
      return new FileStat(
          new DeviceNumber(m.getInt(FileAbi.STX_DEV_MAJOR), m.getInt(FileAbi.STX_DEV_MINOR)),
          m.getLong(FileAbi.STX_INO),
          m.getShort(FileAbi.STX_MODE) & 0xffff,
          m.getInt(FileAbi.STX_UID),
          m.getInt(FileAbi.STX_GID),
          m.getInt(FileAbi.STX_NLINK),
          new DeviceNumber(m.getInt(FileAbi.STX_RDEV_MAJOR), m.getInt(FileAbi.STX_RDEV_MINOR)),
          m.getLong(FileAbi.STX_SIZE),
          m.getLong(FileAbi.STX_BLOCKS));
    }
  }

  /** Its kind. */
  public Type type() {
    for (Type type : Type.values()) {
      if (type.bits == (mode & FileAbi.S_IFMT)) {
        return type;
      }
    }
    return Type.ANONYMOUS;
  }

  /** The permission bits with setuid, setgid and sticky: the lowest twelve of the mode. */
  public int permissions() {
    return mode & 07777;
  }

  /** Whether both are the same file: device and inode. */
  public boolean isSameFileAs(FileStat other) {
    return device.equals(other.device) && inode == other.inode;
  }
}
