package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RamBlocksTest {
  private static final String TEXT =
      """
                    Block Name    PSize              Offset               Used              Total                HVA  RO
                          ram0    4 KiB  0x0000000000000000 0x0000000010000000 0x0000000010000000 0x00007f10c0000000  rw
          /rom@etc/acpi/tables    4 KiB  0x0000000010000000 0x0000000000020000 0x0000000000200000 0x00007f10bfe00000  ro
                       pc.bios    4 KiB  0x0000000010200000 0x0000000000040000 0x0000000000040000 0x00007f10bfd00000  ro
      """;

  @Test
  void readsNamesAndMostBytes() {
    assertThat(RamBlocks.parse(TEXT).sizes())
        .containsEntry("ram0", 256L << 20)
        .containsEntry("/rom@etc/acpi/tables", 2L << 20)
        .containsEntry("pc.bios", 256L << 10)
        .hasSize(3);
  }

  @Test
  void namesEachDifference() {
    RamBlocks a = RamBlocks.parse(TEXT);
    RamBlocks b =
        RamBlocks.parse(
            TEXT.replace("0x0000000000040000 0x0000000000040000", "0x80000 0x80000")
                .replace("ram0", "ram1"));

    assertThat(RamBlocks.compare(a, a)).isEmpty();
    assertThat(RamBlocks.compare(a, b))
        .extracting(Difference::sentence)
        .containsExactly(
            "memory block ram0 is 268435456 bytes in the running QEMU and (absent) in the new one",
            "memory block pc.bios is 262144 bytes in the running QEMU and 524288 bytes in the new one",
            "memory block ram1 is (absent) in the running QEMU and 268435456 bytes in the new one");
  }

  @Test
  void refusesWhatShowsNoBlock() {
    assertThatThrownBy(() -> RamBlocks.parse("unknown command"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
