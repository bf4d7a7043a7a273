package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;

/** Asking about files and changing them, by descriptor; all descriptors are borrowed. */
public final class FileControl {
  /** {@link #fileSystemType} of tmpfs, memory files included. */
  public static final long TMPFS = FileAbi.TMPFS_MAGIC & 0xffff_ffffL;

  /** {@link #fileSystemType} of huge pages. */
  public static final long HUGETLBFS = FileAbi.HUGETLBFS_MAGIC & 0xffff_ffffL;

  /**
   * How much is fallocated at once: the kernel undoes the whole call when a signal interrupts it,
   * so that one call for all of a guest's RAM might never end. A multiple of every huge page size.
   */
  private static final long ALLOCATION_STEP = 1L << 30;

  private static final int[] KERNELS = {
    FileAbi.PROC_SUPER_MAGIC,
    FileAbi.SYSFS_MAGIC,
    FileAbi.CGROUP_SUPER_MAGIC,
    FileAbi.CGROUP2_SUPER_MAGIC,
    FileAbi.DEBUGFS_MAGIC,
    FileAbi.TRACEFS_MAGIC,
    FileAbi.SECURITYFS_MAGIC,
    FileAbi.BPF_FS_MAGIC
  };

  private FileControl() {}

  /** What an open descriptor may do. */
  public enum AccessMode {
    READ,
    WRITE,
    READ_WRITE,
    /** Opened with O_PATH: a name only. */
    NONE
  }

  /** The access with which it was opened. */
  public static AccessMode accessMode(Fd fd) throws LinuxException {
    int flags = statusFlags(fd);
    if ((flags & FileAbi.O_PATH) != 0) {
      return AccessMode.NONE;
    }
    return switch (flags & FileAbi.O_ACCMODE) {
      case FileAbi.O_RDONLY -> AccessMode.READ;
      case FileAbi.O_WRONLY -> AccessMode.WRITE;
      default -> AccessMode.READ_WRITE;
    };
  }

  /** The status flags (F_GETFL) as bits. */
  public static int statusFlags(Fd fd) throws LinuxException {
    return fcntl("F_GETFL", fd, FileAbi.F_GETFL, 0);
  }

  /** Whether calls return at once instead of waiting (shared by all who hold this open file). */
  public static boolean isNonBlocking(Fd fd) throws LinuxException {
    return (statusFlags(fd) & FileAbi.O_NONBLOCK) != 0;
  }

  /** Sets or clears O_NONBLOCK, for all who hold this open file. */
  public static void setNonBlocking(Fd fd, boolean on) throws LinuxException {
    int flags = statusFlags(fd);
    int wanted = on ? flags | FileAbi.O_NONBLOCK : flags & ~FileAbi.O_NONBLOCK;
    if (wanted != flags) {
      fcntl("F_SETFL", fd, FileAbi.F_SETFL, wanted);
    }
  }

  /** Sets or clears close-on-exec, of this number only. */
  public static void setCloseOnExec(Fd fd, boolean on) throws LinuxException {
    fcntl("F_SETFD", fd, FileAbi.F_SETFD, on ? FileAbi.FD_CLOEXEC : 0);
  }

  /** Whether the number is closed by execve. */
  public static boolean isCloseOnExec(Fd fd) throws LinuxException {
    return (fcntl("F_GETFD", fd, FileAbi.F_GETFD, 0) & FileAbi.FD_CLOEXEC) != 0;
  }

  /** Sets the permission bits; on a socket that is not bound yet: those its file is born with. */
  public static void chmod(Fd fd, int permissions) throws LinuxException {
    try {
      ControlNative.fchmod(fd.number(), permissions);
    } catch (LastErrorException e) {
      throw LinuxException.from("fchmod", e);
    }
  }

  /** Sets owner and group; -1 leaves one as it is. Works on an O_PATH descriptor too. */
  public static void chown(Fd fd, int uid, int gid) throws LinuxException {
    try {
      ControlNative.fchownat(fd.number(), "", uid, gid, FileAbi.AT_EMPTY_PATH);
    } catch (LastErrorException e) {
      throw LinuxException.from("fchownat", e);
    }
  }

  /** Removes a name that is no directory. */
  public static void unlink(Fd directory, String name) throws LinuxException {
    try {
      ControlNative.unlinkat(directory.number(), name, 0);
    } catch (LastErrorException e) {
      throw LinuxException.from("unlinkat(" + name + ")", e);
    }
  }

  /** As {@link #unlink}; false when nothing had that name. */
  public static boolean unlinkIfThere(Fd directory, String name) throws LinuxException {
    try {
      unlink(directory, name);
      return true;
    } catch (LinuxException e) {
      if (e.isNoEntry()) {
        return false;
      }
      throw e;
    }
  }

  /** Removes an empty directory. */
  public static void removeDirectory(Fd directory, String name) throws LinuxException {
    try {
      ControlNative.unlinkat(directory.number(), name, FileAbi.AT_REMOVEDIR);
    } catch (LastErrorException e) {
      throw LinuxException.from("unlinkat(" + name + "/)", e);
    }
  }

  /** Makes a directory; the umask applies. */
  public static void makeDirectory(Fd directory, String name, int mode) throws LinuxException {
    try {
      ControlNative.mkdirat(directory.number(), name, mode);
    } catch (LastErrorException e) {
      throw LinuxException.from("mkdirat(" + name + ")", e);
    }
  }

  /** The target of a symbolic link in a directory. */
  public static String readLink(Fd directory, String name) throws LinuxException {
    return readLink(directory.number(), name);
  }

  /**
   * The kernel's name of what a descriptor refers to, such as {@code /memfd:vm-ram (deleted)}: for
   * records and logs, never for a decision.
   */
  public static String nameOf(Fd fd) throws LinuxException {
    return readLink(FileAbi.AT_FDCWD, fd.procPath());
  }

  /** The magic number of the file system ({@code linux/magic.h}) that a descriptor lies on. */
  public static long fileSystemType(Fd fd) throws LinuxException {
    try (Memory result = new Memory(FileAbi.STATFS_SIZE)) {
      ControlNative.fstatfs(fd.number(), result);
      return result.getLong(FileAbi.STATFS_TYPE);
    } catch (LastErrorException e) {
      throw LinuxException.from("fstatfs", e);
    }
  }

  /** Size of the huge pages that a file is made of; 0 for any other. */
  public static long hugePageBytes(Fd fd) throws LinuxException {
    try (Memory result = new Memory(FileAbi.STATFS_SIZE)) {
      ControlNative.fstatfs(fd.number(), result);
      boolean huge = result.getLong(FileAbi.STATFS_TYPE) == HUGETLBFS;
      return huge ? result.getLong(FileAbi.STATFS_BSIZE) : 0;
    } catch (LastErrorException e) {
      throw LinuxException.from("fstatfs", e);
    }
  }

  /**
   * Whether a file is no stored one but a face of the kernel: proc, sysfs, cgroups, tracing and the
   * like.
   */
  public static boolean isKernels(Fd fd) throws LinuxException {
    int type = (int) fileSystemType(fd);
    for (int magic : KERNELS) {
      if (type == magic) {
        return true;
      }
    }
    return false;
  }

  /** Takes the exclusive flock of the open file without waiting; false when someone else has it. */
  public static boolean tryLock(Fd fd) throws LinuxException {
    try {
      ControlNative.flock(fd.number(), FileAbi.LOCK_EX | FileAbi.LOCK_NB);
      return true;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == Errno.EAGAIN.number()) {
        return false;
      }
      throw LinuxException.from("flock", e);
    }
  }

  /** Gives the flock back; closing the last descriptor of the open file does so too. */
  public static void unlock(Fd fd) throws LinuxException {
    try {
      ControlNative.flock(fd.number(), FileAbi.LOCK_UN);
    } catch (LastErrorException e) {
      throw LinuxException.from("flock(LOCK_UN)", e);
    }
  }

  /**
   * Takes the exclusive lock of all of a file, for this open file (F_OFD_SETLK), without waiting;
   * false when another open file has it. Unlike {@link #tryLock} it holds between the nodes that
   * share the file by NFS. Given back when the last descriptor of the open file is closed.
   *
   * @param fd open to write
   */
  public static boolean tryLockWhole(Fd fd) throws LinuxException {
    try (Memory lock = new Memory(FileAbi.FLOCK_SIZE)) {
      lock.clear(); // from the beginning, to the end, no process
      lock.setShort(FileAbi.FLOCK_TYPE, (short) FileAbi.F_WRLCK);
      ControlNative.fcntl(fd.number(), FileAbi.F_OFD_SETLK, lock);
      return true;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == Errno.EAGAIN.number() || e.getErrorCode() == Errno.EACCES.number()) {
        return false;
      }
      throw LinuxException.from("fcntl(F_OFD_SETLK)", e);
    }
  }

  /** Gives a file another name in the same directory; what had that name is gone. */
  public static void rename(Fd directory, String from, String to) throws LinuxException {
    try {
      ControlNative.renameat(directory.number(), from, directory.number(), to);
    } catch (LastErrorException e) {
      throw LinuxException.from("renameat(" + from + ", " + to + ")", e);
    }
  }

  /** Writes a file's data and metadata, or a directory's names, to the disk. */
  public static void sync(Fd fd) throws LinuxException {
    for (; ; ) {
      try {
        ControlNative.fsync(fd.number());
        return;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("fsync", e);
      }
    }
  }

  /** Sets the size in bytes. */
  public static void truncate(Fd fd, long size) throws LinuxException {
    for (; ; ) {
      try {
        ControlNative.ftruncate(fd.number(), size);
        return;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("ftruncate", e);
      }
    }
  }

  /**
   * Allocates all of the file's first {@code size} bytes now; blocks as long as that takes.
   *
   * @throws LinuxException ENOSPC, ENOMEM when there is not so much
   */
  public static void allocate(Fd fd, long size) throws LinuxException {
    for (long offset = 0; offset < size; ) {
      long length = Math.min(ALLOCATION_STEP, size - offset);
      try {
        ControlNative.fallocate(fd.number(), 0, offset, length);
        offset += length;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("fallocate(" + size + ")", e);
      }
    }
  }

  private static String readLink(int directory, String name) throws LinuxException {
    byte[] target = new byte[4096];
    try {
      int length = (int) ControlNative.readlinkat(directory, name, target, target.length);
      return new String(target, 0, length, StandardCharsets.UTF_8);
    } catch (LastErrorException e) {
      throw LinuxException.from("readlinkat(" + name + ")", e);
    }
  }

  static int fcntl(String name, Fd fd, int command, int argument) throws LinuxException {
    try {
      return ControlNative.fcntl(fd.number(), command, argument);
    } catch (LastErrorException e) {
      throw LinuxException.from("fcntl(" + name + ")", e);
    }
  }
}
