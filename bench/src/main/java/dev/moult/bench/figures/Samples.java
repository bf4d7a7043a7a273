package dev.moult.bench.figures;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;

/** Measured values of one kind, mostly durations in microseconds. */
public final class Samples {
  private final long[] sorted;

  private Samples(long[] sorted) {
    this.sorted = sorted;
  }

  /** Of these values, in any order. */
  public static Samples of(LongStream micros) {
    return new Samples(micros.sorted().toArray());
  }

  /** How many there are. */
  public int count() {
    return sorted.length;
  }

  /** Whether there are none: then there is no median either. */
  public boolean isEmpty() {
    return sorted.length == 0;
  }

  /** The middle one; the mean of the middle two of an even number. */
  public double median() {
    int half = some().length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0;
  }

  /**
   * The smallest value that so many percent of the values do not exceed (nearest rank).
   *
   * @param percent above 0, up to 100
   */
  public double percentile(int percent) {
    int rank = Math.ceilDiv(percent * some().length, 100);
    return sorted[Math.max(rank, 1) - 1];
  }

  /** The smallest. */
  public long min() {
    return some()[0];
  }

  /** The largest. */
  public long max() {
    return some()[sorted.length - 1];
  }

  /** All of both. */
  public Samples and(Samples other) {
    return of(LongStream.concat(Arrays.stream(sorted), Arrays.stream(other.sorted)));
  }

  /** Microseconds as {@code 7.25 ms}, or as {@code 2.31 s} from a second on. */
  public static String format(double micros) {
    return Math.abs(micros) < 999_995
        ? String.format(Locale.ROOT, "%.2f ms", micros / 1e3)
        : String.format(Locale.ROOT, "%.2f s", micros / 1e6);
  }

  private long[] some() {
    if (isEmpty()) {
      throw new IllegalStateException("nothing was measured");
    }
    return sorted;
  }
}
