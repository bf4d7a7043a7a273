package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.util.EnumSet;
import java.util.Set;

/** Memory files: guest RAM that outlives the process which uses it. */
public final class Memfd {
  /** The seals of guest RAM: its size and its seals are final. */
  public static final Set<Seal> GUEST_RAM =
      Set.copyOf(EnumSet.of(Seal.SEAL, Seal.SHRINK, Seal.GROW));

  /** Fits in a processor's cache. */
  private static final int ZEROS = 256 * 1024;

  private Memfd() {}

  /** What is forbidden for ever on a memory file. */
  public enum Seal {
    /** Further seals. */
    SEAL(FileAbi.F_SEAL_SEAL),
    SHRINK(FileAbi.F_SEAL_SHRINK),
    GROW(FileAbi.F_SEAL_GROW),
    WRITE(FileAbi.F_SEAL_WRITE),
    /** New writable mappings and writes; existing mappings go on. */
    FUTURE_WRITE(FileAbi.F_SEAL_FUTURE_WRITE),
    /** Setting an execute bit. */
    EXECUTE(FileAbi.F_SEAL_EXEC);

    final int bit;

    Seal(int bit) {
      this.bit = bit;
    }
  }

  /** Pages that back a memory file. */
  public enum Pages {
    NORMAL(0, 4096),
    HUGE_2_MIB(FileAbi.MFD_HUGETLB | FileAbi.MFD_HUGE_2MB, 2L << 20),
    HUGE_1_GIB(FileAbi.MFD_HUGETLB | FileAbi.MFD_HUGE_1GB, 1L << 30);

    final int flags;
    private final long bytes;

    Pages(int flags, long bytes) {
      this.flags = flags;
      this.bytes = bytes;
    }

    /** Size of one page. */
    public long bytes() {
      return bytes;
    }
  }

  /**
   * A memory file of a size, sealable, not executable ({@code MFD_NOEXEC_SEAL}; without it where
   * the kernel is older than 6.3). No page is allocated yet.
   *
   * @param name shown in /proc as {@code /memfd:name}
   */
  public static Fd create(String name, long bytes, Pages pages) throws LinuxException {
    if (bytes < 0 || bytes % pages.bytes() != 0) {
      throw new IllegalArgumentException(bytes + " bytes are no multiple of " + pages.bytes());
    }
    int flags = FileAbi.MFD_CLOEXEC | FileAbi.MFD_ALLOW_SEALING | pages.flags;
    Fd fd;
    try {
      fd = create(name, flags | FileAbi.MFD_NOEXEC_SEAL);
    } catch (LinuxException e) {
      if (!e.is(Errno.EINVAL)) {
        throw e;
      }
      fd = create(name, flags);
    }
    try {
      FileControl.truncate(fd, bytes);
      return fd;
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Guest RAM: created, allocated to the last page now (so that the charge and the failure come
   * now), sealed as {@link #GUEST_RAM}. Blocks as {@link FileControl#allocate}.
   *
   * @throws LinuxException ENOMEM when the machine has not so much left. That is asked before:
   *     while it allocates, the kernel kills other processes rather than fail.
   */
  public static Fd guestRam(String name, long bytes, Pages pages) throws LinuxException {
    long available = pages == Pages.NORMAL ? MemoryInfo.read().availableBytes() : Long.MAX_VALUE;
    return guestRam(name, bytes, pages, available);
  }

  static Fd guestRam(String name, long bytes, Pages pages, long available) throws LinuxException {
    if (bytes > available) {
      throw LinuxException.of(
          "memfd(" + name + ")",
          Errno.ENOMEM,
          bytes + " bytes wanted, " + available + " available on this machine");
    }
    Fd fd = create(name, bytes, pages);
    try {
      FileControl.allocate(fd, bytes);
      seal(fd, GUEST_RAM);
      return fd;
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Overwrites all of it with zeros. No page is given back: it stays allocated, and charged to whom
   * it is.
   */
  public static void zero(Fd fd) throws LinuxException {
    byte[] zeros = new byte[ZEROS];
    long bytes = FileStat.of(fd).size();
    for (long at = 0; at < bytes; at += ZEROS) {
      int length = (int) Math.min(ZEROS, bytes - at);
      FileIo.writeAt(fd, at, length == ZEROS ? zeros : new byte[length]);
    }
  }

  /** Adds seals. */
  public static void seal(Fd fd, Set<Seal> seals) throws LinuxException {
    int bits = 0;
    for (Seal seal : seals) {
      bits |= seal.bit;
    }
    FileControl.fcntl("F_ADD_SEALS", fd, FileAbi.F_ADD_SEALS, bits);
  }

  /**
   * The seals it has.
   *
   * @throws LinuxException EINVAL when it is no memory file
   */
  public static Set<Seal> seals(Fd fd) throws LinuxException {
    int bits = FileControl.fcntl("F_GET_SEALS", fd, FileAbi.F_GET_SEALS, 0);
    EnumSet<Seal> seals = EnumSet.noneOf(Seal.class);
    for (Seal seal : Seal.values()) {
      if ((bits & seal.bit) != 0) {
        seals.add(seal);
      }
    }
    return seals;
  }

  private static Fd create(String name, int flags) throws LinuxException {
    try {
      return Fd.adopt(MemfdNative.memfd_create(name, flags));
    } catch (LastErrorException e) {
      throw LinuxException.from("memfd_create(" + name + ")", e);
    }
  }
}
