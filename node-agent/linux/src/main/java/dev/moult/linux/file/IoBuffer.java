package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;

/**
 * Bytes outside the heap that are read and written in large pieces, without a copy between. One
 * thread's at a time.
 */
public final class IoBuffer implements AutoCloseable {
  private final Memory memory;
  private final ByteBuffer view;

  /** Of so many bytes, which hold anything at first. */
  public IoBuffer(int bytes) {
    memory = new Memory(bytes);
    view = memory.getByteBuffer(0, bytes);
  }

  /** A view of some of the bytes, not to be used after {@link #close}. */
  public ByteBuffer bytes(int from, int length) {
    return view.slice(from, length);
  }

  /**
   * Reads at a position, until {@code length} bytes are there or the file ends.
   *
   * @return how many came
   */
  public int readAt(Fd fd, long position, int length) throws LinuxException {
    check(0, length);
    int have = 0;
    while (have < length) {
      try {
        // NATIVE: within the memory, as checked; nobody frees it meanwhile.
        int n =
            (int)
                IoNative.pread(
                    fd.number(), memory.share(have), (long) length - have, position + have);
        if (n == 0) {
          break;
        }
        have += n;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("pread", e);
      }
    }
    return have;
  }

  /** Writes some of the bytes at a position. */
  public void writeAt(Fd fd, long position, int from, int length) throws LinuxException {
    check(from, length);
    int done = 0;
    while (done < length) {
      try {
        // NATIVE: as above.
        done +=
            (int)
                IoNative.pwrite(
                    fd.number(),
                    memory.share((long) from + done),
                    (long) length - done,
                    position + done);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("pwrite", e);
      }
    }
  }

  private void check(int from, int length) {
    if (from < 0 || length < 0 || length > memory.size() - from) {
      throw new IndexOutOfBoundsException(from + " and " + length + " bytes");
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
