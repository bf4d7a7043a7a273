package dev.moult.linux.file;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * CRC32C of a whole file, as one reads it from its beginning. It is read, never mapped: who made
 * the file can do no more than change what comes out.
 *
 * @param crc32c 32 bits
 * @param bytes the file's
 * @param read how many of them were read; the others were never written, and are zeros
 */
public record FileDigest(int crc32c, long bytes, long read) {
  private static final int BLOCK = 2 << 20;

  /**
   * Reads it.
   *
   * @param file borrowed
   * @param bytes its size
   * @param threads how many read at a time
   * @throws LinuxException ETIMEDOUT when the deadline has passed, EIO when it is not of that size
   */
  public static FileDigest of(Fd file, long bytes, int threads, Deadline deadline)
      throws LinuxException {
    if (FileStat.of(file).size() != bytes) {
      throw LinuxException.of("digest", Errno.EIO, "the file is not of " + bytes + " bytes");
    }
    var reading = new Reading(file, bytes, deadline);
    List<Thread> others = new ArrayList<>();
    for (int i = 1; i < threads; i++) {
      others.add(Thread.ofPlatform().daemon().name("digest-" + i).start(reading));
    }
    reading.run();
    for (Thread other : others) {
      join(other); // the descriptor is lent until then
    }
    return reading.result();
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes block after block, beside others that do so too. */
  private static final class Reading implements Runnable {
    private final Fd file;
    private final long bytes;
    private final Deadline deadline;
    private final int[] blocks;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong read = new AtomicLong();
    private volatile @Nullable LinuxException failure;

    Reading(Fd file, long bytes, Deadline deadline) {
      this.file = file;
      this.bytes = bytes;
      this.deadline = deadline;
      this.blocks = new int[Math.toIntExact((bytes + BLOCK - 1) / BLOCK)];
    }

    @Override
    public void run() {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
      try {
        for (int i = next.getAndIncrement(); i < blocks.length; i = next.getAndIncrement()) {
          if (failure != null) {
            return;
          }
          if (deadline.isPassed()) {
            throw LinuxException.timeout("digest");
          }
          blocks[i] = digest(i, buffer);
        }
      } catch (LinuxException e) {
        failure = e;
      }
    }

    private int digest(int block, ByteBuffer buffer) throws LinuxException {
      long from = (long) block * BLOCK;
      int length = length(block);
      if (FileIo.nextData(file, from) >= from + length) {
        return Crc32cMath.ofZeros(length);
      }
      buffer.position(0).limit(length);
      if (FileIo.readAt(file, from, buffer) != length) {
        throw LinuxException.of("digest", Errno.EIO, "the file is shorter than it was");
      }
      read.addAndGet(length);
      return Crc32cMath.of(buffer);
    }

    private int length(int block) {
      return (int) Math.min(BLOCK, bytes - (long) block * BLOCK);
    }

    FileDigest result() throws LinuxException {
      LinuxException failed = failure;
      if (failed != null) {
        throw failed;
      }
      int whole = 0;
      int full = Crc32cMath.power(BLOCK);
      for (int i = 0; i < blocks.length; i++) {
        int power = length(i) == BLOCK ? full : Crc32cMath.power(length(i));
        whole = Crc32cMath.joined(whole, blocks[i], power);
      }
      return new FileDigest(whole, bytes, read.get());
    }
  }
}
