package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.wire.RefusalReason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the system's own network programs, in the network namespace of the calling thread. */
final class Commands {
  private static final long LIMIT_SECONDS = 10;
  private static final int MOST_OUTPUT = 64 * 1024;

  private Commands() {}

  /** Runs a program with an input and answers what it printed. */
  static String run(List<String> command, String input) throws Refusal {
    try {
      // A child belongs to the namespaces of the thread that starts it.
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try {
        try (OutputStream in = process.getOutputStream()) {
          in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        byte[] output = process.getInputStream().readNBytes(MOST_OUTPUT);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
          throw failed(command, new String(output, StandardCharsets.UTF_8).strip());
        }
        return new String(output, StandardCharsets.UTF_8);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw failed(command, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(command, "interrupted");
    }
  }

  private static Refusal failed(List<String> command, String why) {
    return new Refusal(RefusalReason.NETWORK_FAILED, String.join(" ", command) + " failed: " + why);
  }
}
