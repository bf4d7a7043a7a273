package dev.moult.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerTextTest {

  @Test
  void leavesNoControlCharacterAndNoLongText() {
    assertThat(PeerText.clean("a\u001b[2Jb\r\nc\u202ed\u0085e")).isEqualTo("a [2Jb  c d e");
    assertThat(PeerText.clean("Grüße: 11.1.3")).isEqualTo("Grüße: 11.1.3");
    assertThat(PeerText.clean("x".repeat(1_000_000))).hasSize(PeerText.MAX).endsWith("x…");
  }
}
