package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.IoBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Copies a guest's RAM, block by block, by two threads: while one reads, the other sums or writes.
 * Holes are passed over, and blocks of zeros become holes of the file. Nothing is mapped.
 */
final class RamCopy {
  private static final int THREADS = 2;

  /** Zeros within a block are left out of the file in pieces of so many bytes. */
  private static final int PIECE = 64 * 1024;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PIECE).asReadOnlyBuffer();

  private final Fd from;
  private final long bytes;
  private final Progress progress;
  private final BlockWork work;

  private long next; // guarded by this: where the next block is looked for
  private volatile boolean over;

  private RamCopy(Fd from, long bytes, Progress progress, BlockWork work) {
    this.from = from;
    this.bytes = bytes;
    this.progress = progress;
    this.work = work;
  }

  /** What is done with each block that is no hole. */
  private interface BlockWork {
    void take(int index, int length, IoBuffer buffer) throws IOException;
  }

  /**
   * Copies RAM into a new file, which gets the RAM's size.
   *
   * @param ram an open file of our own, since its offset is moved
   * @param draft empty
   * @return the sums of all blocks
   */
  static RamSums save(Fd ram, Draft draft, VolumeFile place, long bytes, Progress progress)
      throws IOException {
    requireSize("the anchor's RAM", ram, bytes);
    var sums = new RamSums(RamSums.blocks(bytes));
    fillWithZeros(sums, bytes);
    progress.begin(bytes);
    try {
      FileControl.truncate(draft.file(), bytes);
    } catch (LinuxException e) {
      throw Failures.notWritten(place.toString(), e);
    }
    new RamCopy(
            ram,
            bytes,
            progress,
            (index, length, buffer) -> {
              sums.set(index, RamSums.of(buffer.bytes(0, length)));
              try {
                writeSparse(draft.file(), (long) index * RamSums.BLOCK, length, buffer);
              } catch (LinuxException e) {
                throw Failures.notWritten(place.toString(), e);
              }
            })
        .run("the anchor's RAM");
    return sums;
  }

  /**
   * Fills RAM from a file, which is never written.
   *
   * @param ram an open file of our own, since its offset is moved
   * @param sums what the blocks must sum to; null when nobody knows
   */
  static void fill(
      Fd ram, Fd file, VolumeFile place, long bytes, @Nullable RamSums sums, Progress progress)
      throws IOException {
    requireSize(place.toString(), file, bytes);
    requireSize("the anchor's RAM", ram, bytes);
    progress.begin(bytes);
    try (var target = RamTarget.of(ram, bytes)) {
      fill(target, file, place, bytes, sums, progress);
    }
    requireSize(place.toString(), file, bytes); // the same to the end
  }

  private static void fill(
      RamTarget target,
      Fd file,
      VolumeFile place,
      long bytes,
      @Nullable RamSums sums,
      Progress progress)
      throws IOException {
    var seen = new boolean[RamSums.blocks(bytes)];
    new RamCopy(
            file,
            bytes,
            progress,
            (index, length, buffer) -> {
              requireSum(place, sums, index, RamSums.of(buffer.bytes(0, length)));
              target.write((long) index * RamSums.BLOCK, buffer, length);
              seen[index] = true;
            })
        .run(place.toString());
    int zeros = RamSums.ofZeros(RamSums.BLOCK);
    for (int index = 0; index < seen.length; index++) {
      if (!seen[index]) {
        int length = RamSums.length(bytes, index);
        requireSum(place, sums, index, length == RamSums.BLOCK ? zeros : RamSums.ofZeros(length));
      }
    }
    clearWhatIsNoHole(target, bytes, seen);
  }

  /** RAM that something was in before, where the file has holes. */
  private static void clearWhatIsNoHole(RamTarget target, long bytes, boolean[] filled)
      throws LinuxException {
    try (var zeros = new IoBuffer(RamSums.BLOCK)) {
      ByteBuffer clear = zeros.bytes(0, RamSums.BLOCK);
      while (clear.remaining() >= PIECE) {
        clear.put(ZEROS.duplicate());
      }
      int index = 0;
      while (index < filled.length) {
        if (filled[index]) {
          index++;
          continue;
        }
        long data = target.nextData((long) index * RamSums.BLOCK);
        if (data >= bytes) {
          return;
        }
        index = Math.toIntExact(data / RamSums.BLOCK);
        if (!filled[index]) {
          target.write((long) index * RamSums.BLOCK, zeros, RamSums.length(bytes, index));
        }
        index++;
      }
    }
  }

  private static void fillWithZeros(RamSums sums, long bytes) {
    int whole = RamSums.ofZeros(RamSums.BLOCK);
    for (int index = 0; index < sums.size(); index++) {
      int length = RamSums.length(bytes, index);
      sums.set(index, length == RamSums.BLOCK ? whole : RamSums.ofZeros(length));
    }
  }

  private static void requireSum(VolumeFile place, @Nullable RamSums sums, int index, int sum)
      throws StateRefused {
    if (sums != null && sums.get(index) != sum) {
      throw new StateRefused(
          MemoryReason.RAM_DAMAGED,
          "block "
              + index
              + " of "
              + place
              + " (from byte "
              + (long) index * RamSums.BLOCK
              + ") is not what was saved");
    }
  }

  private static void requireSize(String what, Fd fd, long bytes) throws IOException {
    long size = FileStat.of(fd).size();
    if (size != bytes) {
      throw new StateRefused(
          MemoryReason.RAM_SIZE_MISMATCH,
          what + " has " + size + " bytes, memory.size is " + bytes + " bytes");
    }
  }

  private static void writeSparse(Fd file, long position, int length, IoBuffer buffer)
      throws LinuxException {
    int begin = -1; // of the bytes that are to be written
    for (int at = 0; at < length; at += PIECE) {
      int piece = Math.min(PIECE, length - at);
      boolean zero = buffer.bytes(at, piece).mismatch(ZEROS.duplicate().limit(piece)) < 0;
      if (!zero && begin < 0) {
        begin = at;
      } else if (zero && begin >= 0) {
        buffer.writeAt(file, position + begin, begin, at - begin);
        begin = -1;
      }
    }
    if (begin >= 0) {
      buffer.writeAt(file, position + begin, begin, length - begin);
    }
  }

  private void run(String what) throws IOException {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().daemon().name("ram-", 0).factory())) {
      List<Future<?>> parts = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        parts.add(
            threads.submit(() -> {
              try {
                blocks(what);
                return true;
              } finally {
                over = true; // all is taken, or one has failed
              }
            }));
      }
      await(parts);
    }
    progress.reached(bytes);
  }

  private static void await(List<Future<?>> parts) throws IOException {
    IOException first = null;
    for (Future<?> part : parts) {
      try {
        part.get();
      } catch (ExecutionException e) {
        IOException failure =
            e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        first = first == null ? failure : first;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void blocks(String what) throws IOException {
    try (var buffer = new IoBuffer(RamSums.BLOCK)) {
      for (int index = take(); index >= 0; index = take()) {
        int length = RamSums.length(bytes, index);
        int got;
        try {
          got = buffer.readAt(from, (long) index * RamSums.BLOCK, length);
        } catch (LinuxException e) {
          throw Failures.notRead(what, e);
        }
        if (got != length) {
          throw new StateRefused(
              MemoryReason.RAM_SIZE_MISMATCH, what + " became shorter while it was read");
        }
        work.take(index, length, buffer);
      }
    }
  }

  /** The next block that is no hole; -1 when there is none. It goes through the file once. */
  private synchronized int take() throws IOException {
    progress.requireWanted();
    if (over || next >= bytes) {
      return -1;
    }
    long data = FileIo.nextData(from, next);
    if (data >= bytes) {
      next = bytes;
      return -1;
    }
    long index = data / RamSums.BLOCK;
    progress.reached(index * RamSums.BLOCK);
    next = (index + 1) * RamSums.BLOCK;
    return Math.toIntExact(index);
  }
}
