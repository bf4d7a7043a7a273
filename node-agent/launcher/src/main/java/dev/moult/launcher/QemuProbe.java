package dev.moult.launcher;

import dev.moult.qemu.probe.script.ProbeScript;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the image's QEMU what it is, in a child process and on a thread of its own while the
 * launcher dials. The child is gone and reaped before the launcher becomes QEMU: a process that has
 * become another program would never reap it.
 */
final class QemuProbe {
  private static final long LIMIT_MILLIS = 10_000;

  private final Thread thread;
  private final @Nullable String binary;
  private volatile @Nullable Process child;
  private volatile Probe result =
      Probe.failed(LaunchReason.QEMU_PROBE_FAILED, "the image's QEMU did not answer its probe");

  private QemuProbe(@Nullable String binary) {
    this.binary = binary;
    this.thread = new Thread(this::run, "probe");
    thread.setDaemon(true);
  }

  /** Starts the probe of the QEMU that this image holds. */
  static QemuProbe start() {
    return start(find());
  }

  /** Starts the probe of a program; null when the image has none. */
  static QemuProbe start(@Nullable String binary) {
    var probe = new QemuProbe(binary);
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

  /** Waits for what was found out: at most {@value #LIMIT_MILLIS} ms, then the child is killed. */
  Probe await() {
    try {
      thread.join(LIMIT_MILLIS);
      Process running = child;
      if (running != null) {
        running.destroyForcibly();
        running.waitFor(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
      }
      return result;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return result;
    }
  }

  private void run() {
    if (binary == null) {
      result =
          Probe.failed(
              LaunchReason.QEMU_NOT_FOUND,
              "the image holds none of " + ProbeScript.SEARCH_PATH + ", or not executable");
      return;
    }
    try {
      Process process =
          new ProcessBuilder(ProbeScript.command(binary))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      child = process;
      result = ask(process, binary);
      process.destroyForcibly();
    } catch (IOException e) {
      result =
          Probe.failed(
              LaunchReason.QEMU_PROBE_FAILED,
              "the probe of " + binary + " failed: " + e.getMessage());
    }
  }

  private static Probe ask(Process process, String binary) throws IOException {
    try (OutputStream requests = process.getOutputStream()) {
      requests.write(ProbeScript.requests());
    }
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
              binary + " ended before it had answered its probe; its log says why");
        }
        length += count;
      }
    }
    return Probe.of(ProbeScript.pack(transcript, length));
  }
}
