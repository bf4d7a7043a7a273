package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.machine.CpuModels;
import dev.moult.qemu.machine.FrozenCpu;
import dev.moult.qemu.qmp.QmpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's CPU, frozen by 10.0.2 and built again by 11.1.3 from the frozen flags. */
class HostCpuIT {

  // Some hosts refuse to set this feature's MSR (0x10a); without it host starts everywhere.
  private static final FrozenCpu HOST = new FrozenCpu("host", List.of("arch-capabilities=off"));

  @TempDir Path directory;

  @Test
  void isTheSameUnderTheOtherQemu() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "skipped: no /dev/kvm on this machine");
    try (Hardware hardware = Hardware.kvm(directory, HOST);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      FrozenCpu frozen = CpuModels.freezeHost(a, HOST);
      assertThat(frozen.model()).isEqualTo("base");
      assertThat(frozen.flags())
          .contains("sse2=on", "host-phys-bits=off")
          .noneMatch(flag -> flag.endsWith("=off") && !flag.matches("(host-phys-bits|pmu)=off"));

      try (Hardware rebuilt = Hardware.kvm(directory, frozen);
          QmpClient b = rebuilt.start(RealQemu.NEW).qmp()) {
        for (String property :
            List.of("family", "model", "stepping", "vendor", "model-id", "phys-bits")) {
          assertThat(cpu(b, property)).as(property).isEqualTo(cpu(a, property));
        }
        assertThat(words(b)).isEqualTo(words(a));
      }
    }
  }

  private static JsonNode cpu(QmpClient qemu, String property) throws Exception {
    return qemu.qomGet(qemu.queryCpus().path(0).path("qom-path").asText(), property);
  }

  /** The feature words that are not zero: versions know different ones. */
  private static List<String> words(QmpClient qemu) throws Exception {
    return cpu(qemu, "feature-words")
        .valueStream()
        .filter(word -> word.path("features").asLong() != 0)
        .map(JsonNode::toString)
        .sorted()
        .toList();
  }
}
