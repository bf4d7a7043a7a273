package dev.moult.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BucketsTest {
  private static final long BEGIN = 7_000_000;

  @Test
  void theMedianIsThatOfTheSpanAlone() {
    var buckets = buckets(9, 1, 2, 3, 9, 9);

    assertThat(buckets.median(at(1), at(4))).isEqualTo(2);
  }

  @Test
  void aShortGapThatIsMadeUpForIsBackWithTheNextBucket() {
    var buckets = buckets(10, 10, 2, 10, 10, 10, 10);

    assertThat(buckets.backAfterMicros(at(2) + 20_000, 10)).hasValue(30_000);
  }

  @Test
  void aBurstOfWhatHadWaitedIsNotBack() {
    var buckets = buckets(10, 0, 15, 2, 2, 2, 2, 2, 10, 10, 10, 10);

    assertThat(buckets.backAfterMicros(at(1), 10)).hasValue(7 * Buckets.MICROS);
  }

  @Test
  void nineTenthsAreEnoughAndLessIsNot() {
    assertThat(buckets(0, 9, 9, 9, 9).backAfterMicros(at(0), 10)).isPresent();
    assertThat(buckets(0, 9, 9, 9, 8).backAfterMicros(at(0), 10)).isEmpty();
  }

  private static long at(int bucket) {
    return BEGIN + bucket * Buckets.MICROS;
  }

  private static Buckets buckets(long... bytes) {
    return new Buckets(BEGIN, bytes);
  }
}
