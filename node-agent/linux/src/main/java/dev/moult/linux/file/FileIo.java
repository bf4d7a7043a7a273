package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reading and writing whole byte arrays: interrupted calls are repeated, short ones continued. */
public final class FileIo {
  private static final int CHUNK = 16 * 1024;

  private FileIo() {}

  /**
   * One read; blocks as the descriptor does.
   *
   * @return the bytes that came, empty at the end of the file
   */
  public static byte[] read(Fd fd, int most) throws LinuxException {
    byte[] data = new byte[most];
    for (; ; ) {
      try {
        return trim(data, IoNative.read(fd.number(), data, most));
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("read", e);
      }
    }
  }

  /**
   * Reads to the end.
   *
   * @throws LinuxException EFBIG when there is more than {@code limit}
   */
  public static byte[] readAll(Fd fd, int limit) throws LinuxException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (; ; ) {
      byte[] chunk = read(fd, CHUNK);
      if (chunk.length == 0) {
        return all.toByteArray();
      }
      if (all.size() + chunk.length > limit) {
        throw LinuxException.of("read", Errno.EFBIG, "more than " + limit + " bytes");
      }
      all.writeBytes(chunk);
    }
  }

  /** Reads at a position, until {@code most} bytes are there or the file ends. */
  public static byte[] readAt(Fd fd, long position, int most) throws LinuxException {
    byte[] all = new byte[most];
    int have = 0;
    while (have < most) {
      byte[] rest = new byte[Math.min(CHUNK, most - have)];
      try {
        int n = (int) IoNative.pread(fd.number(), rest, rest.length, position + have);
        if (n == 0) {
          break;
        }
        System.arraycopy(rest, 0, all, have, n);
        have += n;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("pread", e);
      }
    }
    return trim(all, have);
  }

  /**
   * Reads at a position into all of a direct buffer, or to the end of the file.
   *
   * @return how many bytes are there now, from its beginning; its position stays
   */
  public static int readAt(Fd fd, long position, ByteBuffer direct) throws LinuxException {
    ByteBuffer rest = direct.duplicate();
    while (rest.hasRemaining()) {
      try {
        // NATIVE: the address of a slice is that of its own first byte; the buffer is ours, and
        // lives as long as this call.
        long n =
            IoNative.pread(fd.number(), rest.slice(), rest.remaining(), position + rest.position());
        if (n == 0) {
          break;
        }
        rest.position(rest.position() + (int) n);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("pread", e);
      }
    }
    return rest.position();
  }

  /**
   * Where the next byte that was ever written lies, from a position on; holes read as zeros. Where
   * the file system does not say, that is the position itself. Moves the offset that all have who
   * share the open file.
   *
   * @return {@link Long#MAX_VALUE} when there is none
   */
  public static long nextData(Fd fd, long position) throws LinuxException {
    return seek(fd, position, FileAbi.SEEK_DATA, position);
  }

  /**
   * Where the bytes from a position on end: at a hole, or at the file's end. Where the file system
   * does not say, and behind the file's end, that is {@link Long#MAX_VALUE}. Moves the offset as
   * {@link #nextData} does.
   */
  public static long nextHole(Fd fd, long position) throws LinuxException {
    return seek(fd, position, FileAbi.SEEK_HOLE, Long.MAX_VALUE);
  }

  private static long seek(Fd fd, long position, int whence, long unsaid) throws LinuxException {
    try {
      return IoNative.lseek(fd.number(), position, whence);
    } catch (LastErrorException e) {
      LinuxException failure = LinuxException.from("lseek", e);
      return switch (failure.errno()) {
        case ENXIO -> Long.MAX_VALUE;
        case EINVAL, ESPIPE, EOPNOTSUPP -> unsaid; // hugetlbfs
        default -> throw failure;
      };
    }
  }

  /** Writes all; blocks as the descriptor does. */
  public static void write(Fd fd, byte[] data) throws LinuxException {
    byte[] rest = data;
    while (rest.length > 0) {
      try {
        int n = (int) IoNative.write(fd.number(), rest, rest.length);
        rest = Arrays.copyOfRange(rest, n, rest.length);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("write", e);
      }
    }
  }

  /**
   * One write of what there is room for: for a descriptor that does not block.
   *
   * @return how many of the first {@code length} bytes were taken; 0 when there is no room
   */
  public static int writeSome(Fd fd, byte[] data, int length) throws LinuxException {
    for (; ; ) {
      try {
        return (int) IoNative.write(fd.number(), data, length);
      } catch (LastErrorException e) {
        if (e.getErrorCode() == Errno.EAGAIN.number()) {
          return 0;
        }
        LinuxException.retryIfInterrupted("write", e);
      }
    }
  }

  /** Writes all at a position; a file of huge pages as {@link HugePages#writeAt}. */
  public static void writeAt(Fd fd, long position, byte[] data) throws LinuxException {
    byte[] rest = data;
    long at = position;
    while (rest.length > 0) {
      try {
        int n = (int) IoNative.pwrite(fd.number(), rest, rest.length, at);
        rest = Arrays.copyOfRange(rest, n, rest.length);
        at += n;
      } catch (LastErrorException e) {
        if (e.getErrorCode() == Errno.EINVAL.number() && FileControl.hugePageBytes(fd) != 0) {
          HugePages.writeAt(fd, at, ByteBuffer.wrap(rest));
          return;
        }
        LinuxException.retryIfInterrupted("pwrite", e);
      }
    }
  }

  private static byte[] trim(byte[] data, long length) {
    return length == data.length ? data : Arrays.copyOf(data, (int) length);
  }
}
