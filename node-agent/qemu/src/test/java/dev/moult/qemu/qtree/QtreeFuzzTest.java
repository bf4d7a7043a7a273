package dev.moult.qemu.qtree;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.moult.qemu.QemuVersion;
import java.nio.charset.StandardCharsets;

/** The device tree that a hostile QEMU shows. */
class QtreeFuzzTest {
  private static final QtreeAllowList ALLOWED =
      QtreeAllowList.between(QemuVersion.of(10, 0, 2), QemuVersion.of(11, 1, 3));

  @FuzzTest(maxDuration = "")
  void text(byte[] text) {
    Qtree tree;
    try {
      tree = Qtree.parse(new String(text, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException refused) {
      return;
    }
    assertThat(tree.devices()).isNotEmpty().hasSizeLessThanOrEqualTo(4096);
    for (QtreeDevice device : tree.devices().values()) {
      assertThat(device.path()).hasSizeLessThanOrEqualTo(32 * 270);
    }
    assertThat(QtreeDiff.compare(tree, tree, ALLOWED)).isEmpty();
  }
}
