package dev.moult.autopsy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.autopsy.AutopsyException.Kind;
import dev.moult.linux.Fd;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Memfd;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a kernel's log, and what is said when it cannot be read. */
class KernelLogTest {
  private static final int PRB = 0x11000;
  private static final int RING = 0x11100;

  private SyntheticKernel kernel;

  @BeforeEach
  void make() throws Exception {
    kernel = SyntheticKernel.make(false);
  }

  @AfterEach
  void close() {
    kernel.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void printsAsDmesgDoes(boolean fiveLevels) throws Exception {
    try (SyntheticKernel one = SyntheticKernel.make(fiveLevels)) {
      one.says(0, "Linux version 6.1.0-test").says(12_345_678, "two\nlines").says(13_000_000, "");

      KernelLog log = KernelLog.read(one.store().ram());

      assertThat(log.release()).isEqualTo("6.1.0-test");
      assertThat(log.lines())
          .containsExactly(
              "[    0.000000] Linux version 6.1.0-test",
              "[   12.345678] two",
              "[   12.345678] lines",
              "[   13.000000] ");
      assertThat(log.remarks()).isEmpty();
    }
  }

  /** More than descriptors, and more text than room: both wrap, at every place of the ring. */
  @ParameterizedTest
  @ValueSource(ints = {40, 97, 200, 333})
  void theRingWraps(int messages) throws Exception {
    for (int i = 1; i <= messages; i++) {
      kernel.says(i, "message " + i + "x".repeat(i * 37 % 190));
    }

    KernelLog log = KernelLog.read(kernel.store().ram());

    assertThat(log.remarks()).isEmpty();
    assertThat(log.lines()).hasSizeGreaterThan(15);
    int first = messages - log.lines().size() + 1;
    assertThat(log.lines())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(first, messages)
                .mapToObj(
                    i -> "[    0.%06d] message %d%s".formatted(i, i, "x".repeat(i * 37 % 190)))
                .toList());
  }

  @Test
  void nothingInItCommandsATerminal() throws Exception {
    kernel.says(1, "a\u001b]0;owned\u0007b\u009bc\ttab \u00e4 \\");

    assertThat(KernelLog.read(kernel.store().ram()).lines())
        .containsExactly("[    0.000001] a\\x1b]0;owned\\x07b\\x9bc\ttab \\xe4 \\");
  }

  @Test
  void ofTwoKernelsTheOneThatWasBootedLast() throws Exception {
    String clock = "rtc_cmos rtc_cmos: setting system clock to 2026-01-01T00:00:00 UTC (%d)";
    kernel.says(1, clock.formatted(1_767_225_600)).says(9_000_000, "the first boot").store();
    try (SyntheticKernel second = kernel.another("6.1.0-test")) {
      second.says(1, clock.formatted(1_767_225_700)).says(2, "the second boot").store();

      KernelLog log = KernelLog.read(kernel.ram());

      assertThat(log.lines()).last().asString().contains("the second boot");
      assertThat(log.remarks()).singleElement().asString().contains("2 kernels' logs");
    }
  }

  @Test
  void aKernelThatIsOverwrittenIsNotTheOne() throws Exception {
    kernel.says(1, "gone").storeNote(0x30_0000); // its image was never written
    try (SyntheticKernel second = kernel.another("6.12.0-test")) {
      second.says(1, "here").store();

      assertThat(KernelLog.read(kernel.ram()).lines()).containsExactly("[    0.000001] here");
    }
  }

  @Test
  void aMessageThatIsBeingWrittenIsCounted() throws Exception {
    kernel.says(1, "one").says(2, "two").says(3, "three");
    long third = (-(1L << 5) - 1 + 3) & ((1L << 62) - 1);
    kernel.set(0x20000 + 24 * (int) (third & 31), third); // reserved

    KernelLog log = KernelLog.read(kernel.store().ram());

    assertThat(log.lines()).hasSize(2);
    assertThat(log.remarks()).singleElement().asString().startsWith("1 messages");
  }

  @Test
  void anEmptyRamHasNoKernel() {
    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .isInstanceOfSatisfying(
            AutopsyException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_KERNEL));
  }

  @Test
  void aNoteAloneSaysThatTheKernelIsGone() throws Exception {
    kernel.storeNote(0x30_0000);

    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .isInstanceOfSatisfying(
            AutopsyException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREADABLE))
        .hasMessageContaining("is not mapped");
  }

  @Test
  void aNoteThatClaimsMoreThanThereIs() throws Exception {
    kernel.storeNote(SyntheticKernel.RAM - 4096, 0x7fff_ffff, "OSRELEASE=6.1.0-test\n");

    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .isInstanceOf(AutopsyException.class)
        .hasMessageContaining("keeps its log in another way");
  }

  @ParameterizedTest
  @CsvSource({
    "NUMBER(phys_base),9223372036854775807,is not in its RAM",
    "NUMBER(phys_base),-9223372036854775808,is not in its RAM",
    "NUMBER(phys_base),'',does not say NUMBER(phys_base)",
    "NUMBER(phys_base),many,NUMBER(phys_base)=many",
    "SYMBOL(swapper_pg_dir),0,not in its image",
    "SYMBOL(swapper_pg_dir),ffffffff81000001,not in its image",
    "SYMBOL(prb),ffff888000000000,is not mapped",
    "SIZE(prb_desc),1000000000,SIZE(prb_desc)",
    "SIZE(printk_info),-1,SIZE(printk_info)",
    "SIZE(printk_ringbuffer),7,SIZE(printk_ringbuffer)",
    "OFFSET(prb_desc.state_var),17,OFFSET(prb_desc.state_var)",
    "OFFSET(printk_info.text_len),87,OFFSET(printk_info.text_len)",
    "OFFSET(atomic_long_t.counter),56,state lies outside",
    "OSRELEASE,6.1.0-other,is no more in the RAM",
  })
  void aNoteThatLies(String name, String value, String words) throws Exception {
    kernel.says(1, "one").says(name, value).store();

    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .isInstanceOf(AutopsyException.class)
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource({
    RING + ",60,count_bits is 60",
    RING + ",0,count_bits is 0",
    (RING + 48) + ",63,size_bits is 63",
    (RING + 24) + ",1000,more than fit",
    (RING + 8) + ",0,is not mapped",
    PRB + ",-4096,is not mapped",
  })
  void aRingThatLies(int at, long value, String words) throws Exception {
    kernel.says(1, "one").set(at, value).store();

    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .isInstanceOf(AutopsyException.class)
        .hasMessageContaining(words);
  }

  /** The depth is fixed: a table that is its own entry ends like any other. */
  @Test
  void pageTablesInACircle() throws Exception {
    kernel.says(1, "one").set(511 * 8, 0x40_0063).set(510 * 8, 0x40_0063).store();

    assertThatThrownBy(() -> KernelLog.read(kernel.ram())).isInstanceOf(AutopsyException.class);
  }

  @Test
  void aPageTableOutsideOfTheRam() throws Exception {
    kernel.says(1, "one").set(511 * 8, 0x000f_ffff_ffff_f063L).store();

    assertThatThrownBy(() -> KernelLog.read(kernel.ram()))
        .hasMessageContaining("is not in its RAM");
  }

  /** Whatever bits are wrong, it ends, and soon, with lines or with a reason. */
  @Test
  @Timeout(60)
  void anyFlippedBits() throws Exception {
    Random random = new Random(6);
    int unreadable = 0;
    for (int round = 0; round < 1_500; round++) {
      try (SyntheticKernel one = SyntheticKernel.make(round % 2 == 0)) {
        for (int i = 0; i < 40; i++) {
          one.says(i, "message " + i);
        }
        int flips = 1 + random.nextInt(8);
        for (int i = 0; i < flips; i++) {
          one.flip(SyntheticKernel.interesting(random.nextInt() & 0x7fff_ffff), random.nextInt(8));
        }
        try {
          assertThat(KernelLog.read(one.store().ram()).lines()).hasSizeLessThan(70_000);
        } catch (AutopsyException e) {
          assertThat(e.getMessage()).isNotBlank();
          unreadable++;
        }
      }
    }
    assertThat(unreadable).isBetween(100, 1_400);
  }

  /** The note is the guest's own too. */
  @Test
  @Timeout(60)
  void anyBytesInTheNote() throws Exception {
    Random random = new Random(7);
    int unreadable = 0;
    kernel.says(1, "one").store();
    for (int round = 0; round < 1_500; round++) {
      kernel.storeNote(0x30_0000);
      int at = 0x30_0000 + 24 + random.nextInt(900);
      FileIo.writeAt(kernel.ram(), at, new byte[] {(byte) (32 + random.nextInt(95))});
      try {
        assertThat(KernelLog.read(kernel.ram()).lines()).hasSizeLessThan(70_000);
      } catch (AutopsyException e) {
        assertThat(e.getMessage()).isNotBlank();
        unreadable++;
      }
    }
    assertThat(unreadable).isBetween(100, 1_450);
  }

  /** Each message claims as much as a message can, and texts may overlap. */
  @Test
  @Timeout(60)
  void messagesThatClaimMoreThanThereIs() throws Exception {
    for (int i = 0; i < 31; i++) {
      kernel.says(i, "message");
    }
    for (int slot = 0; slot < 32; slot++) {
      kernel.set(0x30000 + 88 * slot + 16, 0xffff);
    }

    KernelLog log = KernelLog.read(kernel.store().ram());

    assertThat(log.lines()).hasSize(31).allMatch(line -> line.endsWith("message\\x00"));
  }

  @Test
  void pagesFullOfNotes() throws Exception {
    for (int page = 0; page < SyntheticKernel.RAM; page += 4096) {
      kernel.storeNote(page, 100, "OSRELEASE=" + page + "\n");
    }

    assertThatThrownBy(() -> KernelLog.read(kernel.ram())).isInstanceOf(AutopsyException.class);
  }

  @Test
  void whatIsNoRam() throws Exception {
    try (Fd odd = Memfd.create("odd", 0, Memfd.Pages.NORMAL)) {
      assertThatThrownBy(() -> KernelLog.read(odd))
          .isInstanceOfSatisfying(
              AutopsyException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_RAM));
    }
  }
}
