package dev.moult.memory;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.IoBuffer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** RAM that is filled. Safe for several threads. */
final class RamTarget implements AutoCloseable {
  private final Fd ram;
  private final @Nullable Arena arena;
  private final @Nullable MemorySegment mapped;

  private RamTarget(Fd ram, @Nullable Arena arena, @Nullable MemorySegment mapped) {
    this.ram = ram;
    this.arena = arena;
    this.mapped = mapped;
  }

  /** Huge pages cannot be written but by mapping: the RAM's size is sealed, and its pages there. */
  static RamTarget of(Fd ram, long bytes) throws LinuxException {
    if (FileControl.fileSystemType(ram) != FileControl.HUGETLBFS) {
      return new RamTarget(ram, null, null);
    }
    Arena arena = Arena.ofShared();
    try (var channel =
        FileChannel.open(
            Path.of(ram.procPath()), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new RamTarget(
          ram, arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena));
    } catch (IOException e) {
      arena.close();
      throw LinuxException.of("mmap", Errno.ENOMEM, String.valueOf(e.getMessage()));
    }
  }

  void write(long position, IoBuffer buffer, int length) throws LinuxException {
    if (mapped == null) {
      buffer.writeAt(ram, position, 0, length);
    } else {
      MemorySegment.copy(
          MemorySegment.ofBuffer(buffer.bytes(0, length)), 0, mapped, position, length);
    }
  }

  /** Where something may be that is not zero, as {@link FileIo#nextData}. */
  long nextData(long from) throws LinuxException {
    return FileIo.nextData(ram, from);
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
    }
  }
}
