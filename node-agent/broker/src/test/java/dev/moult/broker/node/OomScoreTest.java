package dev.moult.broker.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OomScoreTest {
  private static final long NODE = 16_000L << 20;

  @Test
  void follows_the_kubelets_rule_for_burstable_pods() {
    assertThat(OomScore.of(4_000L << 20, NODE)).isEqualTo(750);
    assertThat(OomScore.of(0, NODE)).isEqualTo(999);
    assertThat(OomScore.of(NODE, NODE)).isEqualTo(3);
    assertThat(OomScore.of(1L << 30, 0)).isEqualTo(999);
  }
}
