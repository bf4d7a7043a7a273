package dev.moult.e2e.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the node's kernel has logged (dmesg(1)), as far as it still keeps it. */
final class KernelLog {
  private static final int MOST = 5;

  private KernelLog() {}

  /** The last lines about a QEMU: a crash, or a kill for want of memory. */
  static List<String> ofQemus() throws IOException {
    var process = new ProcessBuilder("dmesg").redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      var lines =
          new String(output.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.contains("qemu-system"))
              .toList();
      return lines.subList(Math.max(0, lines.size() - MOST), lines.size());
    }
  }
}
