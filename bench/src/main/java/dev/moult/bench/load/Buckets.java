package dev.moult.bench.load;

import dev.moult.bench.figures.Samples;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** What a receiver got in each 50 ms. */
public final class Buckets {
  /** Length of a bucket. */
  public static final long MICROS = 50_000;

  /** Over so many buckets throughput counts as back: a burst of what had waited is none. */
  private static final int STEADY = 4;

  private static final double BACK = 0.9;

  private final long beginMicros;
  private final long[] bytes;

  /**
   * Takes what was received.
   *
   * @param beginMicros when the first bucket begins, by the wall clock
   * @param bytes of each bucket
   */
  Buckets(long beginMicros, long... bytes) {
    this.beginMicros = beginMicros;
    this.bytes = bytes.clone();
  }

  /** The median bucket of a span, by the wall clock. */
  public double median(long fromMicros, long toMicros) {
    return Samples.of(Arrays.stream(bytes, index(fromMicros), index(toMicros))).median();
  }

  /**
   * How long after a moment throughput was back: the begin of the first 200 ms of which the mean is
   * 90 % of a median again.
   *
   * @param stopMicros the moment, by the wall clock
   * @param before the median
   * @return empty if it was not back when the receiver ended
   */
  public OptionalLong backAfterMicros(long stopMicros, double before) {
    for (int i = index(stopMicros) + 1; i + STEADY <= bytes.length; i++) {
      double mean = LongStream.of(bytes).skip(i).limit(STEADY).average().orElseThrow();
      if (mean >= BACK * before) {
        return OptionalLong.of(beginMicros + i * MICROS - stopMicros);
      }
    }
    return OptionalLong.empty();
  }

  private int index(long micros) {
    return Math.clamp((micros - beginMicros) / MICROS, 0, bytes.length);
  }
}
