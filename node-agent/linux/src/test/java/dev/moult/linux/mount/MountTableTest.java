package dev.moult.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.file.FileStat.DeviceNumber;
import org.junit.jupiter.api.Test;

class MountTableTest {
  @Test
  void readsOptionalFieldsAndEscapes() {
    String text =
        """
        36 35 98:0 /mnt1 /mnt/two\\040words rw,noatime master:1 shared:2 - ext3 /dev/ro\\134ot rw
        37 36 0:31 / /run rw - tmpfs tmpfs rw,size=64k
        """;
    assertThat(MountTable.parse(text))
        .containsExactly(
            new Mount(
                36,
                35,
                new DeviceNumber(98, 0),
                "/mnt1",
                "/mnt/two words",
                "rw,noatime",
                "ext3",
                "/dev/ro\\ot"),
            new Mount(37, 36, new DeviceNumber(0, 31), "/", "/run", "rw", "tmpfs", "tmpfs"));
  }
}
