package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDigestIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final long MIB = 1 << 20;

  @Test
  void isTheChecksumOfTheRfc() throws Exception {
    byte[] text = "123456789".getBytes(StandardCharsets.US_ASCII);
    try (Fd file = file(text.length)) {
      FileIo.writeAt(file, 0, text);

      assertThat(FileDigest.of(file, text.length, 2, Deadline.in(SOON)))
          .isEqualTo(new FileDigest(0xe3069283, text.length, text.length));
    }
  }

  /** With holes and without, of whole blocks and with a piece at the end. */
  @ParameterizedTest
  @CsvSource({"0,1", "1,1", "4096,2", "2097152,2", "2097153,1", "11534336,2", "13000001,3"})
  void isAsOfTheWholeFileReadAtOnce(long bytes, int threads) throws Exception {
    try (Fd file = file(bytes)) {
      var random = new Random(bytes);
      for (long at = 0; at < bytes; at += 3 * MIB) { // between them two blocks were never written
        byte[] some = new byte[(int) Math.min(100_000, bytes - at)];
        random.nextBytes(some);
        FileIo.writeAt(file, at, some);
      }
      var whole = new CRC32C();
      whole.update(FileIo.readAt(file, 0, (int) bytes));

      FileDigest digest = FileDigest.of(file, bytes, threads, Deadline.in(SOON));

      assertThat(digest.crc32c()).isEqualTo((int) whole.getValue());
      assertThat(digest.bytes()).isEqualTo(bytes);
    }
  }

  /** As guest RAM is made: all pages are there, none was written. */
  @Test
  void readsNothingOfWhatWasNeverWritten() throws Exception {
    try (Fd ram = Memfd.guestRam("digest", 64 * MIB, Memfd.Pages.NORMAL)) {
      FileIo.writeAt(ram, 20 * MIB + 5, new byte[] {1});
      long blocks = FileStat.of(ram).blocks();

      FileDigest digest = FileDigest.of(ram, 64 * MIB, 2, Deadline.in(SOON));

      assertThat(digest.read()).isEqualTo(2 * MIB);
      assertThat(FileStat.of(ram).blocks()).isEqualTo(blocks);
      FileIo.writeAt(ram, 20 * MIB + 5, new byte[] {0});
      assertThat(FileDigest.of(ram, 64 * MIB, 2, Deadline.in(SOON)).crc32c())
          .isEqualTo(Crc32cMath.ofZeros(64 * MIB))
          .isNotEqualTo(digest.crc32c());
    }
  }

  @Test
  void seesEachByteThatIsChanged() throws Exception {
    try (Fd ram = Memfd.create("digest", 5 * MIB, Memfd.Pages.NORMAL)) {
      int before = FileDigest.of(ram, 5 * MIB, 2, Deadline.in(SOON)).crc32c();
      for (long at : new long[] {0, 2 * MIB - 1, 2 * MIB, 5 * MIB - 1}) {
        FileIo.writeAt(ram, at, new byte[] {1});
        assertThat(FileDigest.of(ram, 5 * MIB, 2, Deadline.in(SOON)).crc32c()).isNotEqualTo(before);
        FileIo.writeAt(ram, at, new byte[] {0});
      }
      assertThat(FileDigest.of(ram, 5 * MIB, 2, Deadline.in(SOON)).crc32c()).isEqualTo(before);
    }
  }

  @Test
  void endsInTime() throws Exception {
    try (Fd ram = Memfd.create("digest", 64 * MIB, Memfd.Pages.NORMAL)) {
      refused(Errno.ETIMEDOUT, ram, 64 * MIB, Deadline.now());
      refused(Errno.EIO, ram, 66 * MIB, Deadline.in(SOON)); // of another size than was said
    }
  }

  @Test
  void tellsItsSpeed() throws Exception {
    long bytes = 256 * MIB;
    try (Fd ram = Memfd.create("digest", bytes, Memfd.Pages.NORMAL)) {
      byte[] piece = new byte[(int) MIB];
      new Random(1).nextBytes(piece);
      for (long at = 0; at < bytes; at += MIB) {
        FileIo.writeAt(ram, at, piece);
      }
      for (int threads = 1; threads <= 2; threads++) {
        long began = System.nanoTime();
        FileDigest digest = FileDigest.of(ram, bytes, threads, Deadline.in(SOON));
        System.out.printf(
            "256 MiB by %d threads: %d ms%n", threads, (System.nanoTime() - began) / 1_000_000);
        assertThat(digest.read()).isEqualTo(bytes);
      }
    }
  }

  private static Fd file(long bytes) throws LinuxException {
    Fd file = Memfd.create("digest", 0, Memfd.Pages.NORMAL);
    FileControl.truncate(file, bytes);
    return file;
  }

  private static void refused(Errno errno, Fd ram, long bytes, Deadline deadline) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(() -> FileDigest.of(ram, bytes, 2, deadline))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
