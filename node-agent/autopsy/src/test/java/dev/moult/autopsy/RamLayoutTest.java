package dev.moult.autopsy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.autopsy.RamLayout.Segment;
import org.junit.jupiter.api.Test;

/** Where QEMU puts a q35 machine's RAM. */
class RamLayoutTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  @Test
  void allLowBelow2816MiB() throws Exception {
    assertThat(RamLayout.q35(2815 * MIB).segments()).containsExactly(new Segment(0, 0, 2815 * MIB));
  }

  @Test
  void theRestAt4GiBFrom2816MiBOn() throws Exception {
    assertThat(RamLayout.q35(2816 * MIB).segments())
        .containsExactly(new Segment(0, 0, 2 * GIB), new Segment(4 * GIB, 2 * GIB, 768 * MIB));
    assertThat(RamLayout.q35(64 * GIB).bytes()).isEqualTo(64 * GIB);
  }

  @Test
  void whatNoMachineHas() {
    for (long bytes : new long[] {0, -4096, 4096, MIB + 1, 1012 * GIB, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> RamLayout.q35(bytes)).isInstanceOf(AutopsyException.class);
    }
  }
}
