package dev.moult.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FailuresTest {
  @ParameterizedTest
  @CsvSource({
    "ENOENT, FILE_NOT_FOUND, FILE_NOT_WRITABLE",
    "ENOTDIR, FILE_NOT_FOUND, FILE_NOT_WRITABLE",
    "EACCES, FILE_NOT_READABLE, FILE_NOT_WRITABLE",
    "EIO, FILE_NOT_READABLE, FILE_NOT_WRITABLE",
    "ELOOP, FILE_NOT_READABLE, FILE_NOT_WRITABLE",
    "EROFS, FILE_NOT_READABLE, FILE_NOT_WRITABLE",
    "ENOSPC, FILE_NOT_READABLE, NO_SPACE",
    "EDQUOT, FILE_NOT_READABLE, NO_SPACE"
  })
  void anErrorOfTheSystemHasAReason(Errno errno, MemoryReason read, MemoryReason written) {
    LinuxException e = LinuxException.of("call", errno.number());

    assertThat(Failures.notRead("web.ram", e).reason()).isEqualTo(read);
    assertThat(Failures.notWritten("web.ram", e).reason()).isEqualTo(written);
    assertThat(Failures.notRead("web.ram", e)).hasMessageContaining("web.ram");
    assertThat(Failures.errno(Failures.notWritten("web.ram", e))).isEqualTo(errno.number());
  }

  @Test
  void whatNobodyThoughtOfIsSaidAsItIs() {
    assertThat(Failures.reason(new IOException("odd"))).isEqualTo(MemoryReason.OTHER);
    assertThat(Failures.errno(new IOException("odd"))).isZero();
    assertThat(Failures.reason(LinuxException.of("pwrite", 28))).isEqualTo(MemoryReason.NO_SPACE);
    assertThat(Failures.errno(LinuxException.of("pwrite", 28))).isEqualTo(28);
    assertThat(MemoryReason.of("AWordOfLater")).isEqualTo(MemoryReason.OTHER);
    assertThat(MemoryReason.of("NoSpace")).isEqualTo(MemoryReason.NO_SPACE);
  }
}
