package dev.moult.autopsy;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.BlockReader;
import dev.moult.linux.file.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A guest's RAM, read by positions, never mapped. For one thread at a time; the descriptor is
 * borrowed for as long as this lives.
 */
public final class GuestRam implements AutoCloseable {
  /** What is read at once at most: it stays in the processor's cache. */
  static final int BLOCK = 256 * 1024;

  static final int PAGE = 4096;

  private final Fd fd;
  private final RamLayout layout;
  private final BlockReader blocks = new BlockReader(BLOCK);

  private GuestRam(Fd fd, RamLayout layout) {
    this.fd = fd;
    this.layout = layout;
  }

  /**
   * The RAM of a q35 machine.
   *
   * @param fd readable; its size is the machine's memory
   */
  public static GuestRam of(Fd fd) throws AutopsyException {
    try {
      FileStat stat = FileStat.of(fd);
      if (stat.type() != FileStat.Type.REGULAR) {
        throw new AutopsyException(
            AutopsyException.Kind.NO_RAM, "the RAM is a " + stat.type() + ", not a file");
      }
      return new GuestRam(fd, RamLayout.q35(stat.size()));
    } catch (LinuxException e) {
      throw unreadable(e);
    }
  }

  /** Where it lies in the guest. */
  public RamLayout layout() {
    return layout;
  }

  /** Where the next written bytes of the file are, not before {@code offset}. */
  long nextData(long offset) throws AutopsyException {
    try {
      return BlockReader.nextData(fd, offset, layout.bytes());
    } catch (LinuxException e) {
      throw unreadable(e);
    }
  }

  /** Where the written bytes from {@code offset} on end. */
  long nextHole(long offset) throws AutopsyException {
    try {
      return BlockReader.nextHole(fd, offset, layout.bytes());
    } catch (LinuxException e) {
      throw unreadable(e);
    }
  }

  /** Bytes of the file; good until the next call. */
  ByteBuffer block(long offset, int length) throws AutopsyException {
    try {
      ByteBuffer read = blocks.read(fd, offset, length);
      if (read.remaining() < length) {
        throw new AutopsyException(
            AutopsyException.Kind.NO_RAM, "the RAM ends at " + (offset + read.remaining()));
      }
      return read;
    } catch (LinuxException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads at a physical address of the guest.
   *
   * @throws AutopsyException if not all of it is RAM
   */
  void read(long physical, byte[] into, int at, int length) throws AutopsyException {
    for (RamLayout.Segment segment : layout.segments()) {
      long within = physical - segment.physical();
      if (within >= 0 && within < segment.bytes() && length <= segment.bytes() - within) {
        for (int done = 0; done < length; ) {
          int part = Math.min(BLOCK, length - done);
          block(segment.offset() + within + done, part).get(into, at + done, part);
          done += part;
        }
        return;
      }
    }
    throw new AutopsyException(
        AutopsyException.Kind.UNREADABLE,
        "the guest's address 0x%x (%d bytes) is not in its RAM".formatted(physical, length));
  }

  /** Reads a number of 8 bytes at a physical address. */
  long readLong(long physical) throws AutopsyException {
    byte[] bytes = new byte[Long.BYTES];
    read(physical, bytes, 0, bytes.length);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @Override
  public void close() {
    blocks.close();
  }

  private static AutopsyException unreadable(LinuxException e) {
    return new AutopsyException(
        AutopsyException.Kind.NO_RAM, "the RAM cannot be read: " + e.getMessage());
  }
}
