package dev.moult.linux.file;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The machine's huge pages that are set aside, of all containers together. */
public final class HugePages {
  private static final int LIMIT = 4096;

  private HugePages() {}

  /** How many of that size nobody has; empty when the machine has none of that size. */
  public static OptionalLong free(long pageBytes) {
    Path file = pool(pageBytes).resolve("free_hugepages");
    try (Fd open = Open.path(file)) {
      String text = new String(FileIo.readAll(open, LIMIT), StandardCharsets.US_ASCII);
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (LinuxException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static Path pool(long pageBytes) {
    return Path.of("/sys/kernel/mm/hugepages/hugepages-" + pageBytes / 1024 + "kB");
  }
}
