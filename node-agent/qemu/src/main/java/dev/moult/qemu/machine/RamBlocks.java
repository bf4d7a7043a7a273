package dev.moult.qemu.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * QEMU's memory blocks ({@code info ramblock}): RAM, firmware, ROMs, each with the most bytes that
 * it may hold. A block that differs is found by QEMU only after the guest has stopped.
 *
 * @param sizes bytes by name, in QEMU's order
 */
public record RamBlocks(Map<String, Long> sizes) {

  /** Most blocks read; a machine with 32 slots full has about 40. */
  private static final int MAX = 1024;

  // ram_block_format() of QEMU's system/physmem.c: name, page size, offset, used, total, address.
  private static final Pattern BLOCK =
      Pattern.compile(
          "\\s*(\\S+)\\s+[0-9.]+ \\S+(?:\\s+0x[0-9a-f]+){2}\\s+0x([0-9a-f]{1,16})\\s+0x[0-9a-f]+.*");

  /** Copies the sizes, in order. */
  public RamBlocks {
    sizes = Collections.unmodifiableMap(new LinkedHashMap<>(sizes));
  }

  /**
   * Parses the monitor's text.
   *
   * @throws IllegalArgumentException when it shows no block, or too many
   */
  public static RamBlocks parse(String text) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    text.lines()
        .map(BLOCK::matcher)
        .filter(Matcher::matches)
        .limit(MAX + 1L)
        .forEach(block -> sizes.put(block.group(1), Long.parseUnsignedLong(block.group(2), 16)));
    if (sizes.isEmpty() || sizes.size() > MAX) {
      throw new IllegalArgumentException("info ramblock shows no block, or too many");
    }
    return new RamBlocks(sizes);
  }

  /** Whether that block holds firmware, whose size is the VMM image's choice. */
  public static boolean isFirmware(String name) {
    return name.equals("pc.bios") || name.equals("pc.rom") || name.startsWith("system.flash");
  }

  /**
   * All differences.
   *
   * @param a the running QEMU's
   * @param b the new one's
   */
  public static List<Difference> compare(RamBlocks a, RamBlocks b) {
    List<Difference> differences = new ArrayList<>();
    a.sizes()
        .forEach((name, size) -> {
          Long other = b.sizes().get(name);
          if (!size.equals(other)) {
            differences.add(
                new Difference(
                    where(name), bytes(size), other == null ? Difference.ABSENT : bytes(other)));
          }
        });
    b.sizes()
        .forEach((name, size) -> {
          if (!a.sizes().containsKey(name)) {
            differences.add(new Difference(where(name), Difference.ABSENT, bytes(size)));
          }
        });
    return List.copyOf(differences);
  }

  private static String where(String name) {
    return "memory block " + name;
  }

  private static String bytes(long size) {
    return size + " bytes";
  }
}
