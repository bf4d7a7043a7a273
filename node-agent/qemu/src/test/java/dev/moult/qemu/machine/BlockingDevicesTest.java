package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockingDevicesTest {

  @Test
  void namesOnlyThoseThatCannotGoOver() {
    assertThat(BlockingDevices.among(Set.of("virtio-net-pci", "nvme")))
        .singleElement()
        .asString()
        .startsWith("nvme: ");
    assertThat(BlockingDevices.among(Set.of("virtio-net-pci"))).isEmpty();
  }
}
