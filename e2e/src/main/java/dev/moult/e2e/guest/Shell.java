package dev.moult.e2e.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Commands in a distribution's guest, by the machine's {@code ssh}. */
public final class Shell {
  private final Path key;
  private final String target;
  private final List<String> from;

  /**
   * A shell that connects with each command.
   *
   * @param key file of the private key that the guest accepts
   * @param target user and address, such as {@code debian@10.85.0.8}
   */
  public Shell(Path key, String target) {
    this(key, target, List.of());
  }

  /**
   * One that connects from elsewhere.
   *
   * @param from a command that runs {@code ssh} there, such as {@code nsenter}
   */
  public Shell(Path key, String target, List<String> from) {
    this.key = key;
    this.target = target;
    this.from = List.copyOf(from);
  }

  /**
   * Makes a key.
   *
   * @param file where the private key goes; the public one beside it, as {@code .pub}
   */
  public static void makeKey(Path file) throws IOException, InterruptedException {
    var made =
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
            .inheritIO()
            .start();
    if (made.waitFor() != 0) {
      throw new IOException("ssh-keygen ended with " + made.exitValue());
    }
  }

  /**
   * What a command printed.
   *
   * @throws IOException if it fails, with what it said
   */
  public String run(String command) throws IOException, InterruptedException {
    var process = start(command);
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("does not end: " + command);
    }
    if (process.exitValue() != 0) {
      throw new IOException(command + " ended with " + process.exitValue() + ": " + said.strip());
    }
    return said.strip();
  }

  /** A command that goes on over one connection. */
  public Running follow(String command) throws IOException {
    return new Running(start(command));
  }

  private Process start(String command) throws IOException {
    var words = new ArrayList<>(from);
    words.addAll(
        List.of(
            "ssh",
            "-i",
            key.toString(),
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=20",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            target,
            command));
    return new ProcessBuilder(words).redirectErrorStream(true).start();
  }

  /** A command and what it has printed so far. */
  public static final class Running implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private boolean ended;

    /**
     * A command that was started somehow.
     *
     * @param process its own: closing this ends it
     */
    public Running(Process process) {
      this.process = process;
      reader = Thread.ofPlatform().daemon().name("ssh").start(() -> read(process.getInputStream()));
    }

    private void read(InputStream output) {
      try (var in = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
        for (String line; (line = in.readLine()) != null; ) {
          add(line);
        }
      } catch (IOException closed) {
        add("connection: " + closed.getMessage());
      }
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }

    private synchronized void add(String line) {
      lines.add(line);
      notifyAll();
    }

    /** All lines so far. */
    public synchronized List<String> lines() {
      return List.copyOf(lines);
    }

    /**
     * Waits until so many lines more have come than there are now.
     *
     * @throws AssertionError if they do not come within a minute
     */
    public synchronized void awaitMore(int count) throws InterruptedException {
      awaitTotal(lines.size() + count);
    }

    /**
     * Waits until so many lines have come.
     *
     * @throws AssertionError if they do not come within a minute
     */
    public synchronized void awaitTotal(int wanted) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (lines.size() < wanted) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          throw new AssertionError("no more lines" + (ended ? ", as it ended" : "") + ": " + lines);
        }
        wait(left);
      }
    }

    @Override
    public void close() throws IOException {
      process.destroy();
      reader.interrupt();
    }
  }
}
