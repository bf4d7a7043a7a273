package dev.moult.qemu.qtree;

import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.pairs.Table;
import dev.moult.qemu.pairs.VersionPattern;
import java.util.List;

/**
 * Properties that one version of a pair prints and the other does not know, {@code
 * qtree-allow.csv}. A pair is listed once, for both directions.
 */
public final class QtreeAllowList {

  private record Entry(String type, String property) {}

  private final List<Entry> entries;

  private QtreeAllowList(List<Entry> entries) {
    this.entries = entries;
  }

  /** The list for a pair of versions; empty when both are the same or the pair is not listed. */
  public static QtreeAllowList between(QemuVersion a, QemuVersion b) {
    return new QtreeAllowList(
        Table.read(QtreeAllowList.class, "qtree-allow.csv", 4).stream()
            .filter(cells -> pair(cells, a, b) || pair(cells, b, a))
            .map(cells -> new Entry(cells.get(2), cells.get(3)))
            .toList());
  }

  /** Whether a property of that type may exist on one side alone. */
  boolean allows(String type, String property) {
    return entries.stream()
        .anyMatch(entry ->
            (entry.type().equals("*") || entry.type().equals(type))
                && entry.property().equals(property));
  }

  private static boolean pair(List<String> cells, QemuVersion first, QemuVersion second) {
    return new VersionPattern(cells.get(0)).matches(first)
        && new VersionPattern(cells.get(1)).matches(second);
  }
}
