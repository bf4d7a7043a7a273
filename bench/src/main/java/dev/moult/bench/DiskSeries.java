package dev.moult.bench;

import dev.moult.bench.figures.Samples;
import dev.moult.bench.product.ProductGuest;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Live updates of two guests in turn, one with a single disk and one with many: what disks on the
 * one virtio-scsi controller add to the pause.
 */
final class DiskSeries {
  /** How many disks the other guest has. */
  static final int MANY = 16;

  private final PrintStream out;
  private final List<Long> one = new ArrayList<>();
  private final List<Long> many = new ArrayList<>();

  DiskSeries(PrintStream out) {
    this.out = out;
  }

  /** The spec of so many empty disks, to be put before {@code networks}. */
  static String disks(int count) {
    return IntStream.range(0, count)
        .mapToObj("    - {name: disk-%d, bus: scsi, emptyDisk: {capacity: 16Mi}}\n"::formatted)
        .collect(Collectors.joining("", "  disks:\n", ""));
  }

  /**
   * Updates both so many times.
   *
   * @throws IOException when an update did not complete
   */
  void run(ProductGuest withOne, ProductGuest withMany, int count)
      throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      one.add(withOne.update().pauseMicros());
      many.add(withMany.update().pauseMicros());
      out.printf(
          "  %2d/%d  1 disk %s   %d disks %s%n",
          i + 1, count, Samples.format(one.getLast()), MANY, Samples.format(many.getLast()));
    }
  }

  /** Pauses with one disk. */
  Samples one() {
    return Samples.of(one.stream().mapToLong(Long::longValue));
  }

  /** Pauses with {@link #MANY}. */
  Samples many() {
    return Samples.of(many.stream().mapToLong(Long::longValue));
  }
}
