package dev.moult.bench.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class SamplesTest {

  @Test
  void theMedianIsTheMiddleWhateverTheOrder() {
    assertThat(Samples.of(LongStream.of(9, 1, 5)).median()).isEqualTo(5);
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertThat(Samples.of(LongStream.of(4, 1, 3, 2)).median()).isEqualTo(2.5);
  }

  @Test
  void p95OfTwentyIsTheLastButOne() {
    assertThat(Samples.of(LongStream.rangeClosed(1, 20)).percentile(95)).isEqualTo(19);
  }

  @Test
  void p95OfAFewIsTheLargest() {
    assertThat(Samples.of(LongStream.of(7, 3, 5)).percentile(95)).isEqualTo(7);
    assertThat(Samples.of(LongStream.of(7)).percentile(95)).isEqualTo(7);
  }

  @Test
  void ofNothingThereIsNoMedian() {
    var none = Samples.of(LongStream.empty());

    assertThatThrownBy(none::median).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> none.percentile(95)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void printsMillisecondsBelowASecond() {
    assertThat(Samples.format(7_254)).isEqualTo("7.25 ms");
    assertThat(Samples.format(-340)).isEqualTo("-0.34 ms");
    assertThat(Samples.format(999_994)).isEqualTo("999.99 ms");
    assertThat(Samples.format(2_310_000)).isEqualTo("2.31 s");
  }
}
