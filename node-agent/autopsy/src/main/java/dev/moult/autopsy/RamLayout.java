package dev.moult.autopsy;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the bytes of the RAM file are in the guest's physical addresses: a q35 machine's layout
 * ({@code hw/i386/pc_q35.c} of QEMU, unchanged since 2.x).
 *
 * @param segments in ascending order of both
 */
public record RamLayout(List<Segment> segments) {
  private static final long MIB = 1L << 20;

  /** From here on a machine's RAM does not lie below its PCI hole whole … */
  private static final long ALL_LOW_BELOW = 2816 * MIB;

  /** … but so much of it does. */
  private static final long LOW = 2048 * MIB;

  private static final long HIGH_START = 4096 * MIB;

  /** QEMU moves what would reach AMD's HyperTransport hole; no VM of that size is taken apart. */
  private static final long MOST = 1012L << 30;

  /** Takes a copy of the segments. */
  public RamLayout {
    segments = List.copyOf(segments);
  }

  /**
   * One piece.
   *
   * @param physical its address in the guest
   * @param offset its place in the file
   * @param bytes its length
   */
  public record Segment(long physical, long offset, long bytes) {}

  /**
   * Of a q35 machine.
   *
   * @throws AutopsyException if no machine of Moult has so much, or none
   */
  public static RamLayout q35(long bytes) throws AutopsyException {
    if (bytes < MIB || bytes % 4096 != 0 || bytes > MOST - HIGH_START + LOW) {
      throw new AutopsyException(
          AutopsyException.Kind.NO_RAM, "a RAM of " + bytes + " bytes cannot be taken apart");
    }
    List<Segment> all = new ArrayList<>();
    long low = bytes < ALL_LOW_BELOW ? bytes : LOW;
    all.add(new Segment(0, 0, low));
    if (low < bytes) {
      all.add(new Segment(HIGH_START, low, bytes - low));
    }
    return new RamLayout(all);
  }

  /** The size of all. */
  public long bytes() {
    return segments.stream().mapToLong(Segment::bytes).sum();
  }
}
