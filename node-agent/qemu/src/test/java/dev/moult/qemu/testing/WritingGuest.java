package dev.moult.qemu.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * A guest of 131 bytes in the first sector of its disk: it counts in RAM at {@value #COUNTER}, and
 * writes each count to both of its disks through the firmware, to 128 sectors in turn. A dot on the
 * serial port for each 64, an exclamation mark for an error.
 */
public final class WritingGuest {
  /** Where in RAM it counts: a 32-bit little-endian number. */
  public static final int COUNTER = 0x1_0000;

  private static final int SECTOR = 512;
  private static final int SECTORS = 128;

  // real mode, loaded at 0x7c00; the sector that is written is at 0x10000, INT 13h's packet behind
  private static final byte[] CODE =
      HexFormat.of()
          .parseHex(
              "31c08ed0bc007cb800108ed8" // ss:sp = 0:0x7c00, ds = 0x1000
                  + "66c706000000000000" // [0] = 0
                  + "66c706000210000100" // packet: 16 bytes, 1 sector,
                  + "66c706040200000010" // from 0x1000:0,
                  + "66c706080200000000" // to sector …
                  + "66c7060c0200000000"
                  + "66ff060000" // next: inc dword [0]
                  + "66a10000" // mov eax, [0]
                  + "66a3fc01" // mov [508], eax
                  + "66257f0000006640" // eax = (eax & 127) + 1
                  + "66a30802" // … eax
                  + "b280e81300" // put(disk 0x80)
                  + "b281e80e00" // put(disk 0x81)
                  + "f60600003f75d6" // each 64:
                  + "b02ee80d00ebcf" // say('.'), jmp next
                  + "be0002b80043cd137206c3" // put: extended write, jc failed
                  + "baf803eec3" // say: out 0x3f8, al
                  + "b021e8f6ffebf9"); // failed: say('!') for ever

  private WritingGuest() {}

  /** A raw disk image that holds it. */
  public static Path image(Path directory, long bytes) throws IOException {
    Path image = directory.resolve("guest.raw");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
      file.write(CODE);
      file.seek(SECTOR - 2);
      file.write(0x55);
      file.write(0xaa);
    }
    return image;
  }

  /**
   * Checks what it wrote to a disk: no sector is torn, none is of another's count, and none of the
   * last 128 counts is missing.
   *
   * @return the last count
   */
  public static long verify(Path raw) throws IOException {
    long last = 0;
    int[] counts = new int[SECTORS];
    try (var file = new RandomAccessFile(raw.toFile(), "r")) {
      byte[] sector = new byte[SECTOR];
      for (int i = 0; i < SECTORS; i++) {
        file.seek((i + 1L) * SECTOR);
        file.readFully(sector);
        ByteBuffer words = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
        counts[i] = words.getInt(0);
        assertThat(words.getInt(SECTOR - 4)).as("sector %d is whole", i + 1).isEqualTo(counts[i]);
        last = Math.max(last, counts[i]);
      }
    }
    assertThat(last).as("it went round more than once").isGreaterThan(2 * SECTORS);
    for (int i = 0; i < SECTORS; i++) {
      long expected = last - Math.floorMod(last - i, SECTORS);
      assertThat((long) counts[i]).as("sector %d", i + 1).isEqualTo(expected);
    }
    return last;
  }

  /** Runs a program of this machine; its output. */
  public static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), said).isZero();
    return said;
  }

  /** The bytes of an overlay as a raw file, without what lies beneath. */
  public static Path flat(Path overlay) throws IOException, InterruptedException {
    Path raw = overlay.resolveSibling(overlay.getFileName() + ".raw");
    Files.deleteIfExists(raw);
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", overlay.toString(), raw.toString());
    return raw;
  }
}
