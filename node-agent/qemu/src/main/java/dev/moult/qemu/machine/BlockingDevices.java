package dev.moult.qemu.machine;

import dev.moult.qemu.pairs.Table;
import java.util.Collection;
import java.util.List;

/**
 * Devices whose state cannot go over and of which QEMU says so only when it is told to migrate,
 * {@code blocking-devices.csv}.
 */
public final class BlockingDevices {

  private record Line(String type, String message) {}

  private static final List<Line> LINES =
      Table.read(BlockingDevices.class, "blocking-devices.csv", 3).stream()
          .map(cells -> new Line(cells.get(0), cells.get(1)))
          .toList();

  private BlockingDevices() {}

  /** One sentence for each of those devices among these types of QEMU's. */
  public static List<String> among(Collection<String> types) {
    return LINES.stream()
        .filter(line -> types.contains(line.type()))
        .map(line -> line.type() + ": " + line.message())
        .toList();
  }
}
