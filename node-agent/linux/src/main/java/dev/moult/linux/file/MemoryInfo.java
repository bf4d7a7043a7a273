package dev.moult.linux.file;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Memory of the whole machine (/proc/meminfo), not of a container.
 *
 * @param totalBytes that the kernel can use
 * @param availableBytes that could be had now without swapping
 */
public record MemoryInfo(long totalBytes, long availableBytes) {
  private static final int LIMIT = 64 * 1024;

  /** As of now. */
  public static MemoryInfo read() throws LinuxException {
    try (Fd file = Open.path(Path.of("/proc/meminfo"))) {
      return parse(new String(FileIo.readAll(file, LIMIT), StandardCharsets.US_ASCII));
    }
  }

  static MemoryInfo parse(String text) throws LinuxException {
    return new MemoryInfo(bytes(text, "MemTotal:"), bytes(text, "MemAvailable:"));
  }

  private static long bytes(String text, String key) throws LinuxException {
    for (String line : text.split("\n", -1)) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.substring(key.length()).replace("kB", "").trim()) * 1024;
      }
    }
    throw LinuxException.of("/proc/meminfo", Errno.ENODATA, "no " + key);
  }
}
