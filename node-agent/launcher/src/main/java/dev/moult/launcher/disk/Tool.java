package dev.moult.launcher.disk;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs a program of the anchor's image that reads what a user has made. */
final class Tool {
  /** Address space in KiB, and seconds: a qcow2 image may ask for any of both. */
  private static final String BOUNDED =
      "ulimit -v 1048576; ulimit -t 20; exec timeout -s KILL 30 \"$@\"";

  private static final int KILLED = 128 + 9;
  private static final int MOST_OUTPUT = 4096;

  private Tool() {}

  /**
   * What became of it.
   *
   * @param status 0 if it did what was asked
   * @param said its output and errors, cut
   */
  record Result(int status, String said) {
    boolean good() {
      return status == 0;
    }

    boolean full() {
      return said.contains("No space left on device") || said.contains("Disk quota exceeded");
    }

    /** Its last line, for a message. */
    String why() {
      if (status == KILLED) {
        return "it took too long";
      }
      String text = said.strip();
      return text.isEmpty()
          ? "status " + status
          : text.substring(text.lastIndexOf('\n') + 1).strip();
    }
  }

  /** Runs it to its end. */
  static Result run(String... command) throws IOException {
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", BOUNDED, "sh"));
    words.addAll(List.of(command));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said;
    try (InputStream output = process.getInputStream()) {
      said = new String(output.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
      output.transferTo(OutputStream.nullOutputStream());
    }
    try {
      return new Result(process.waitFor(), said);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
