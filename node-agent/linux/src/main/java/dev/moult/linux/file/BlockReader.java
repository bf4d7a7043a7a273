package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads blocks of a large file at positions, into one buffer that is used again and again: of a
 * guest's RAM, which is never mapped (whoever else holds it could make that a SIGBUS).
 *
 * <p>For one thread at a time. Descriptors are borrowed.
 */
public final class BlockReader implements AutoCloseable {
  private final Memory memory;
  private final ByteBuffer view;

  /** A reader of blocks of at most so many bytes. */
  public BlockReader(int most) {
    memory = new Memory(most);
    view = memory.getByteBuffer(0, most).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads until so many bytes are there or the file ends.
   *
   * @return little-endian, from position 0 to what was read; good until the next call
   */
  public ByteBuffer read(Fd fd, long position, int length) throws LinuxException {
    if (length > memory.size()) {
      throw new IllegalArgumentException(length + " bytes do not fit into " + memory.size());
    }
    int have = 0;
    while (have < length) {
      try {
        long n =
            IoNative.pread(fd.number(), memory.share(have), (long) length - have, position + have);
        if (n == 0) {
          break;
        }
        have += (int) n;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("pread", e);
      }
    }
    return view.clear().limit(have);
  }

  /**
   * Where the next bytes are that were ever written; on a file system that does not tell, {@code
   * position} itself. Moves the open file's own position.
   *
   * @return the file's size when nothing follows
   */
  public static long nextData(Fd fd, long position, long size) throws LinuxException {
    return seek(fd, position, size, FileAbi.SEEK_DATA);
  }

  /** Where the bytes from {@code position} on end: at a hole or at the file's end. */
  public static long nextHole(Fd fd, long position, long size) throws LinuxException {
    return seek(fd, position, size, FileAbi.SEEK_HOLE);
  }

  private static long seek(Fd fd, long position, long size, int whence) throws LinuxException {
    for (; ; ) {
      try {
        return Math.min(size, IoNative.lseek(fd.number(), position, whence));
      } catch (LastErrorException e) {
        if (e.getErrorCode() == Errno.ENXIO.number()) {
          return size;
        }
        LinuxException.retryIfInterrupted("lseek", e);
      }
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
