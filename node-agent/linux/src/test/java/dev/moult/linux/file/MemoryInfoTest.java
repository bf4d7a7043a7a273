package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryInfoTest {
  @Test
  void readsKibibytesAsBytes() throws Exception {
    String text = "MemTotal:       24683520 kB\nMemFree:  1 kB\nMemAvailable:   22000000 kB\n";
    assertThat(MemoryInfo.parse(text))
        .isEqualTo(new MemoryInfo(24683520L * 1024, 22000000L * 1024));
  }
}
