package dev.moult.linux.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.moult.linux.file.HugePages;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Huge pages of 2 MiB that the machine sets aside for one test. One test at a time has them, of all
 * modules, since it counts those that are free.
 */
public final class HugePageReserve implements AutoCloseable {
  /** Size of each. */
  public static final long PAGE_BYTES = 2 << 20;

  private static final Path NUMBER = Path.of("/proc/sys/vm/nr_hugepages");
  private static final Path LOCK =
      Path.of(System.getProperty("java.io.tmpdir"), "moult-huge-pages.lock");

  private final FileChannel lock;
  private final long pages;

  private HugePageReserve(FileChannel lock, long pages) {
    this.lock = lock;
    this.pages = pages;
  }

  /**
   * Waits for its turn, and makes so many free.
   *
   * @throws AssertionError when the machine cannot: what is tested here is not tested then
   */
  public static HugePageReserve take(long pages) throws IOException {
    FileChannel lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      var unused = lock.lock();
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
    HugePageReserve reserve = new HugePageReserve(lock, pages);
    try {
      add(pages);
      long free = free();
      if (free < pages) {
        throw new AssertionError(
            "This test needs %d huge pages of 2 MiB, of which the machine has %d free after"
                    .formatted(pages, free)
                + " asking for them in "
                + NUMBER
                + ": too little memory is free, or it is too fragmented");
      }
      return reserve;
    } catch (IOException | RuntimeException | AssertionError e) {
      reserve.close();
      throw e;
    }
  }

  /** How many nobody has. */
  public static long free() {
    return HugePages.free(PAGE_BYTES)
        .orElseThrow(() -> new AssertionError("This test needs a kernel with huge pages of 2 MiB"));
  }

  private static void add(long pages) throws IOException {
    try {
      Files.writeString(NUMBER, Math.max(0, now() + pages) + "\n");
    } catch (IOException e) {
      throw new IOException("This test needs to set huge pages aside, as root", e);
    }
  }

  /** In one read: to a second one, this file has ended. */
  private static long now() throws IOException {
    try (var file = Files.newInputStream(NUMBER)) {
      byte[] text = new byte[32];
      return Long.parseLong(new String(text, 0, file.read(text), US_ASCII).strip());
    }
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      add(-pages);
    }
  }
}
