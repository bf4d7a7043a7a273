package dev.moult.linux.file;

import com.sun.jna.Memory;
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
    if (length > view.capacity()) {
      throw new IllegalArgumentException(length + " bytes do not fit into " + view.capacity());
    }
    int have = FileIo.readAt(fd, position, view.clear().limit(length));
    return view.clear().limit(have);
  }

  /**
   * Where the next bytes are that were ever written, as {@link FileIo#nextData}.
   *
   * @return the file's size when nothing follows
   */
  public static long nextData(Fd fd, long position, long size) throws LinuxException {
    return Math.min(size, FileIo.nextData(fd, position));
  }

  /** Where the bytes from {@code position} on end: at a hole or at the file's end. */
  public static long nextHole(Fd fd, long position, long size) throws LinuxException {
    return Math.min(size, FileIo.nextHole(fd, position));
  }

  @Override
  public void close() {
    memory.close();
  }
}
