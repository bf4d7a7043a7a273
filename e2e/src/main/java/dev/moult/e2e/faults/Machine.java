package dev.moult.e2e.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** What is done to the machine itself, and taken back. */
final class Machine {
  /**
   * More than a journal's tmpfs may have: what is filled by mistake is the disk, and not all of it.
   */
  private static final long MOST_BYTES = 256L << 20;

  private Machine() {}

  /** Something that is wrong with the machine until this is closed. */
  interface Trouble extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  /** The real-time clock, moved; the machine's other clocks are not. */
  static Trouble clockMoved(Duration by) throws IOException {
    moveClock(by);
    var back = Thread.ofPlatform().unstarted(() -> moveQuietly(by.negated()));
    Runtime.getRuntime().addShutdownHook(back);
    return () -> {
      if (Runtime.getRuntime().removeShutdownHook(back)) {
        moveClock(by.negated());
      }
    };
  }

  private static void moveQuietly(Duration by) {
    try {
      moveClock(by);
    } catch (IOException e) {
      System.err.println("the clock stays wrong by " + by.negated() + ": " + e.getMessage());
    }
  }

  private static void moveClock(Duration by) throws IOException {
    run("date", "--set=%d seconds".formatted(by.toSeconds()));
  }

  /** Runs a program to its end. */
  static void run(String... command) throws IOException {
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /**
   * A file system without a byte to give.
   *
   * @throws IOException also when it is none of its own: then it is the disk
   */
  static Trouble filled(Path directory) throws IOException {
    if (Files.getFileStore(directory).getTotalSpace() > MOST_BYTES) {
      throw new IOException(directory + " has no small file system of its own: cluster down, up");
    }
    Path file = directory.resolve("filled");
    try (var out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      fill(out);
    }
    return () -> Files.deleteIfExists(file);
  }

  private static void fill(FileChannel out) {
    var chunk = ByteBuffer.allocate(1 << 12);
    try {
      while (true) {
        chunk.clear();
        out.write(chunk);
      }
    } catch (IOException full) {
      // ENOSPC is what is wanted.
    }
  }
}
