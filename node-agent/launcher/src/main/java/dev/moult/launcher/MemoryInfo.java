package dev.moult.launcher;

import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** How much memory the node has to give ({@code /proc/meminfo}). */
final class MemoryInfo {
  private static final String AVAILABLE = "MemAvailable:";

  private MemoryInfo() {}

  /** Bytes that can be allocated without swapping; no bound when the kernel does not say. */
  static long availableBytes() {
    try (var in = new BufferedReader(new FileReader("/proc/meminfo", StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(AVAILABLE)) {
          String kib = line.substring(AVAILABLE.length(), line.lastIndexOf(" kB")).trim();
          return Long.parseLong(kib) * 1024;
        }
      }
    } catch (IOException e) {
      // Without /proc/meminfo the allocation itself has to tell.
    }
    return Long.MAX_VALUE;
  }
}
