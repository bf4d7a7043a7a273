package dev.moult.launcher;

import dev.moult.qemu.probe.script.ProbeScript;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the image's QEMU what it is, in a child process and on a thread of its own while the
 * launcher dials. The child is gone and reaped before the launcher becomes QEMU: a process that has
 * become another program would never reap it.
 */
final class QemuProbe {
  /**
   * A QEMU that takes 0.2 s has taken more than 10 s on a node under load. The broker waits 30 s
   * for the hello in which the result is told.
   */
  private static final Duration LIMIT = Duration.ofSeconds(25);

  /** How long a child that was killed may take to be gone. */
  private static final Duration END = Duration.ofSeconds(2);

  /** So many bytes of its errors are listened to. */
  private static final int WORDS = 16 * 1024;

  private final Thread thread;
  private final @Nullable String binary;
  private final Duration limit;
  private final CompletableFuture<Probe> result = new CompletableFuture<>();
  private volatile @Nullable Process child;

  private QemuProbe(@Nullable String binary, Duration limit) {
    this.binary = binary;
    this.limit = limit;
    this.thread = new Thread(this::run, "probe");
    thread.setDaemon(true);
  }

  /** Starts the probe of the QEMU that this image holds. */
  static QemuProbe start() {
    return start(find(), LIMIT);
  }

  /** Starts the probe of a program. */
  static QemuProbe start(String binary) {
    return start(binary, LIMIT);
  }

  /**
   * Starts the probe of a program.
   *
   * @param binary null when the image has none
   * @param limit for how long its answer is waited for
   */
  static QemuProbe start(@Nullable String binary, Duration limit) {
    var probe = new QemuProbe(binary, limit);
    probe.thread.start();
    return probe;
  }

  private static @Nullable String find() {
    for (String path : ProbeScript.SEARCH_PATH) {
      if (new File(path).canExecute()) {
        return path;
      }
    }
    return null;
  }

  /** The image's QEMU; null when it has none. */
  @Nullable String binary() {
    return binary;
  }

  /** Waits for what was found out, up to the limit; the child is gone then. */
  Probe await() {
    try {
      // Before the child is killed: how it ended then says nothing of it.
      if (!result.isDone() && !thread.join(limit)) {
        result.complete(late());
      }
      Process running = child;
      if (running != null) {
        running.destroyForcibly();
        running.waitFor(END.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return result.getNow(late());
  }

  private Probe late() {
    String time = limit.toMillisPart() == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    return Probe.failed(
        LaunchReason.QEMU_PROBE_FAILED,
        binary
            + " did not answer its probe within "
            + time
            + ": the node is overloaded, or the image's QEMU hangs");
  }

  private void run() {
    result.complete(binary == null ? none() : probe(binary));
  }

  private static Probe none() {
    return Probe.failed(
        LaunchReason.QEMU_NOT_FOUND,
        "the image holds none of " + ProbeScript.SEARCH_PATH + ", or not executable");
  }

  private Probe probe(String binary) {
    try {
      Process process = new ProcessBuilder(ProbeScript.command(binary)).start();
      child = process;
      if (result.isDone()) {
        process.destroyForcibly(); // it began so late that nobody else will
      }
      Probe answer = ask(process, binary);
      process.destroyForcibly();
      return answer;
    } catch (IOException e) {
      return Probe.failed(
          LaunchReason.QEMU_PROBE_FAILED, "the probe of " + binary + " failed: " + e.getMessage());
    }
  }

  private static Probe ask(Process process, String binary) throws IOException {
    request(process);
    byte[] transcript = new byte[256 * 1024];
    int length = 0;
    try (InputStream answers = process.getInputStream()) {
      while (!ProbeScript.answered(transcript, length)) {
        if (length == transcript.length) {
          if (length >= ProbeScript.MAX_RAW) {
            throw new IOException("it answers without end");
          }
          transcript = Arrays.copyOf(transcript, length * 2);
        }
        int count = answers.read(transcript, length, transcript.length - length);
        if (count < 0) {
          return Probe.failed(
              LaunchReason.QEMU_PROBE_FAILED,
              binary + " ended before it had answered its probe: " + lastWords(process));
        }
        length += count;
      }
    }
    InputStream errors = process.getErrorStream();
    var unused = said(errors, errors.available());
    return Probe.of(ProbeScript.pack(transcript, length));
  }

  private static void request(Process process) {
    try {
      OutputStream requests = process.getOutputStream(); // left open: its end may cut answers off
      requests.write(ProbeScript.requests());
      requests.flush();
    } catch (IOException e) {
      // EPIPE: it has ended, and its answers end too.
    }
  }

  /** Its last line of errors: the pod, and its log, may be gone when somebody asks why. */
  private static String lastWords(Process process) throws IOException {
    return said(process.getErrorStream(), WORDS)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((earlier, later) -> later)
        .orElse("it did not say why");
  }

  /** What it said of errors, which is said again in the launcher's log. */
  private static String said(InputStream errors, int most) throws IOException {
    var said = new String(errors.readNBytes(Math.min(most, WORDS)), StandardCharsets.UTF_8);
    System.err.print(said);
    return said;
  }
}
