package dev.moult.qemu.stats;

/**
 * What one disk has done since its QEMU began.
 *
 * @param read what the guest read
 * @param write what it wrote
 * @param flush what it had flushed; without bytes
 */
public record DiskCounts(Kind read, Kind write, Kind flush) {
  /** A disk that has done nothing. */
  public static final DiskCounts NONE = new DiskCounts(Kind.NONE, Kind.NONE, Kind.NONE);

  /**
   * One kind of request.
   *
   * @param operations that were done
   * @param bytes of them
   * @param nanos that they took, from QEMU's taking them to its answer; those at the same time
   *     count each
   * @param failed that were not done
   */
  public record Kind(long operations, long bytes, long nanos, long failed) {
    /** Nothing. */
    public static final Kind NONE = new Kind(0, 0, 0, 0);

    /** Both together. */
    public Kind plus(Kind other) {
      return new Kind(
          operations + other.operations,
          bytes + other.bytes,
          nanos + other.nanos,
          failed + other.failed);
    }
  }

  /** Both together. */
  public DiskCounts plus(DiskCounts other) {
    return new DiskCounts(read.plus(other.read), write.plus(other.write), flush.plus(other.flush));
  }
}
