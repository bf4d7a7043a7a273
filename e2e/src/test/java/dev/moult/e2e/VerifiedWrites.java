package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.guest.Shell;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/** Writes to a file of a guest, {@code /data/blocks}, each told of over one ssh connection. */
final class VerifiedWrites implements AutoCloseable {
  private static final int SOME = 20;

  /**
   * Writes blocks of 64 KiB to a file, each with its number all over, past the guest's cache; one
   * line for each that the disk has acknowledged.
   */
  private static final String WRITER =
      """
      import os, sys, time
      fd = os.open("/data/blocks", os.O_RDWR | os.O_CREAT, 0o600)
      n = 0
      while True:
          os.pwrite(fd, n.to_bytes(8, "big") * 8192, (n % 512) * 65536)
          os.fdatasync(fd)
          print(n, flush=True)
          n += 1
          time.sleep(0.02)
      """;

  /** Reads them back: how many there are, how many are not whole or not what was written last. */
  private static final String READER =
      """
      import os, sys
      last = int(sys.argv[1])
      fd = os.open("/data/blocks", os.O_RDONLY)
      os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
      bad = 0
      for n in range(max(0, last - 511), last + 1):
          block = os.pread(fd, 65536, (n % 512) * 65536)
          number = int.from_bytes(block[:8], "big")
          bad += block != block[:8] * 8192 or (number != n and number != n + 512)
      print("checked", min(last + 1, 512), "bad", bad)
      """;

  private final Shell.Running writer;

  private VerifiedWrites(Shell.Running writer) {
    this.writer = writer;
  }

  /** Begins. */
  static VerifiedWrites begin(Shell shell) throws IOException, InterruptedException {
    var writes = new VerifiedWrites(shell.follow("python3 -u -c '" + WRITER + "'"));
    writes.goOn();
    return writes;
  }

  /** Waits until some more were acknowledged. */
  void goOn() throws InterruptedException {
    writer.awaitMore(SOME);
  }

  /** How many were acknowledged so far. */
  int count() {
    return writer.lines().size();
  }

  /**
   * Ends them.
   *
   * @return the number of the last one that was acknowledged
   * @throws AssertionError if the connection broke
   */
  long end() throws IOException {
    List<String> written = writer.lines();
    writer.close();
    assertThat(written)
        .isEqualTo(IntStream.range(0, written.size()).mapToObj(Integer::toString).toList());
    return written.size() - 1;
  }

  /** What is found of them: how many were looked for, and how many are not there. */
  static String readBack(Shell shell, long last) throws IOException, InterruptedException {
    return shell.run("python3 -c '" + READER + "' " + last);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
