package dev.moult.qemu.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Machines;
import org.junit.jupiter.api.Test;

class QemuStatsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final FrozenMachine machine = Machines.debian(Firmware.DESCRIPTOR);

  @Test
  void eachDiskHasWhatItsUppermostNodeCounts() throws Exception {
    var disks =
        QemuStats.disks(
            json(
                """
                [{"device": "", "node-name": "disk0-fmt", "qdev": "/machine/peripheral/disk0/virtio-backend",
                  "parent": {"node-name": "disk0-file", "stats": {"wr_bytes": 99}},
                  "stats": {"rd_operations": 7, "rd_bytes": 3584, "rd_total_time_ns": 1500000, "failed_rd_operations": 1,
                            "wr_operations": 2, "wr_bytes": 1024, "wr_total_time_ns": 9, "failed_wr_operations": 0,
                            "flush_operations": 3, "flush_total_time_ns": 8, "failed_flush_operations": 0}}]
                """),
            machine);

    assertThat(disks)
        .containsOnlyKeys(machine.disks().getFirst().name())
        .containsValue(
            new DiskCounts(
                new DiskCounts.Kind(7, 3584, 1_500_000, 1),
                new DiskCounts.Kind(2, 1024, 9, 0),
                new DiskCounts.Kind(3, 0, 8, 0)));
  }

  @Test
  void aHostileQemuMakesNoDisksAndNoNegativeCounts() throws Exception {
    var disks =
        QemuStats.disks(
            json(
                """
                [{"node-name": "disk99-fmt", "stats": {"rd_operations": 1}}, 5, {"node-name": ["x"]},
                 {"node-name": "disk0-fmt", "stats": {"rd_operations": -4, "wr_bytes": "many"}}]
                """),
            machine);

    assertThat(disks).hasSize(1).containsValue(DiskCounts.NONE);
    assertThat(QemuStats.disks(json("{\"a\": 1}"), machine)).isEmpty();
  }

  @Test
  void aThreadThatAllVcpusShareIsOne() throws Exception {
    assertThat(QemuStats.vcpuThreads(json("[{\"thread-id\": 17}, {\"thread-id\": 18}]"), 2))
        .containsExactly(17, 18);
    assertThat(QemuStats.vcpuThreads(json("[{\"thread-id\": 17}, {\"thread-id\": 17}, {}, 3]"), 2))
        .containsExactly(17);
    assertThat(QemuStats.vcpuThreads(json("[{\"thread-id\": 17}, {\"thread-id\": 18}]"), 1))
        .containsExactly(17);
  }

  private static JsonNode json(String text) throws Exception {
    return JSON.readTree(text);
  }
}
