package dev.moult.autopsy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The core, byte by byte. */
class ElfCoreTest {
  @Test
  void hasHeadersNotesAndAllOfTheRam() throws Exception {
    try (SyntheticKernel kernel = SyntheticKernel.make(false);
        GuestRam ram = GuestRam.of(kernel.says(1, "one").store().ram())) {
      ElfCore core = ElfCore.of(ram, 3);
      var out = new ByteArrayOutputStream();
      core.write(out);

      ByteBuffer elf = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(core.bytes()).isEqualTo(elf.limit());
      assertThat(elf.getInt(0)).isEqualTo(0x464c457f);
      assertThat(elf.getShort(16)).as("ET_CORE").isEqualTo((short) 4);
      assertThat(elf.getShort(56)).as("program headers").isEqualTo((short) 2);
      int notes = (int) elf.getLong(64 + 8);
      int load = 64 + 56;
      int at = (int) elf.getLong(load + 8);
      assertThat(elf.getInt(load)).as("PT_LOAD").isEqualTo(1);
      assertThat(elf.getLong(load + 24)).as("physical address").isZero();
      assertThat(elf.getLong(load + 32)).isEqualTo(SyntheticKernel.RAM);
      assertThat(elf.limit()).isEqualTo(at + SyntheticKernel.RAM);
      assertThat(elf.getInt(notes + 4)).as("sizeof(struct elf_prstatus)").isEqualTo(336);
      String text = new String(elf.array(), notes, at - notes, StandardCharsets.ISO_8859_1);
      assertThat(text.split("CORE\0", -1)).hasSize(4);
      assertThat(text).contains("VMCOREINFO\0\0OSRELEASE=6.1.0-test\n");
      byte[] image = Arrays.copyOfRange(elf.array(), at + 0x41_0082, at + 0x41_008c);
      assertThat(new String(image, StandardCharsets.US_ASCII)).isEqualTo("6.1.0-test");
      assertThat(core.remarks()).singleElement().asString().contains("registers");
    }
  }

  @Test
  void aGuestWithoutAKernelHasOneToo() throws Exception {
    try (SyntheticKernel kernel = SyntheticKernel.make(false);
        GuestRam ram = GuestRam.of(kernel.ram())) {
      ElfCore core = ElfCore.of(ram, 1);
      var out = new ByteArrayOutputStream();
      core.write(out);

      assertThat(out.size()).isEqualTo(core.bytes());
      assertThat(core.remarks()).last().asString().startsWith("without VMCOREINFO: no Linux");
    }
  }
}
