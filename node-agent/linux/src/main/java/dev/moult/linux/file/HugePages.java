package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Huge pages: those of the machine that are set aside, and files that are made of them. */
public final class HugePages {
  private static final int LIMIT = 4096;
  private static final int BLOCK = 512; // of st_blocks

  private HugePages() {}

  /** How many of that size nobody has; empty when the machine has none of that size. */
  public static OptionalLong free(long pageBytes) {
    Path file = pool(pageBytes).resolve("free_hugepages");
    try (Fd open = Open.path(file)) {
      String text = new String(FileIo.readAll(open, LIMIT), StandardCharsets.US_ASCII);
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (LinuxException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static Path pool(long pageBytes) {
    return Path.of("/sys/kernel/mm/hugepages/hugepages-" + pageBytes / 1024 + "kB");
  }

  /**
   * Writes all at a position of a file of huge pages, which takes no {@code write(2)}, by mapping
   * the pages that it goes to.
   *
   * @throws LinuxException EINVAL when it is no such file; EPERM when it is not {@link
   *     Memfd#guestRam}, whose pages are there and stay: one that is missing would end this process
   */
  public static void writeAt(Fd fd, long position, ByteBuffer data) throws LinuxException {
    long page = FileControl.hugePageBytes(fd);
    if (page == 0) {
      throw LinuxException.of("mmap", Errno.EINVAL, "not made of huge pages");
    }
    FileStat stat = FileStat.of(fd);
    boolean whole = stat.blocks() * BLOCK == stat.size();
    if (!whole || !Memfd.seals(fd).contains(Memfd.Seal.SHRINK)) {
      throw LinuxException.of("mmap", Errno.EPERM, "its pages are not all there to stay");
    }
    if (position < 0 || position > stat.size() - data.remaining()) {
      throw LinuxException.of("mmap", Errno.EFBIG, "beyond its " + stat.size() + " bytes");
    }
    if (data.hasRemaining()) {
      long begin = position / page * page;
      long length = Math.ceilDiv(position + data.remaining(), page) * page - begin;
      copy(fd, begin, length, position - begin, data);
    }
  }

  private static void copy(Fd fd, long begin, long length, long offset, ByteBuffer data)
      throws LinuxException {
    int access = FileAbi.PROT_READ | FileAbi.PROT_WRITE;
    try {
      // NATIVE: pages that are there, of a file that cannot shrink; unmapped before this returns.
      Pointer map = MapNative.mmap(null, length, access, FileAbi.MAP_SHARED, fd.number(), begin);
      try {
        map.getByteBuffer(offset, data.remaining()).put(data.duplicate());
      } finally {
        MapNative.munmap(map, length);
      }
    } catch (LastErrorException e) {
      throw LinuxException.from("mmap", e);
    }
  }
}
