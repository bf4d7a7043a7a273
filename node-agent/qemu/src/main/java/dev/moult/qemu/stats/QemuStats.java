package dev.moult.qemu.stats;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpConnection;
import dev.moult.qemu.qmp.QmpException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** Asks a QEMU what it counts. Reads alone; the guest is not stopped for any of it. */
public final class QemuStats {
  private QemuStats() {}

  /**
   * What the disks of a machine have done, by the disks' names: {@code query-blockstats}.
   *
   * @param most how long to wait
   * @return one entry for each of the machine's disks, whatever else QEMU says
   */
  public static Map<String, DiskCounts> disks(
      QmpConnection qmp, FrozenMachine machine, Duration most)
      throws QmpException, InterruptedException {
    return machine.disks().isEmpty()
        ? Map.of()
        : disks(qmp.execute("query-blockstats", null, most), machine);
  }

  static Map<String, DiskCounts> disks(JsonNode answer, FrozenMachine machine) {
    Map<String, JsonNode> byNode = new HashMap<>();
    answer.forEach(one -> byNode.put(one.path("node-name").asText(""), one.path("stats")));
    Map<String, DiskCounts> disks = new LinkedHashMap<>();
    for (FrozenDisk disk : machine.disks()) {
      JsonNode stats = byNode.get("disk" + disk.index() + "-fmt");
      if (stats != null) {
        disks.put(
            disk.name(),
            new DiskCounts(kind(stats, "rd"), kind(stats, "wr"), kind(stats, "flush")));
      }
    }
    return disks;
  }

  private static DiskCounts.Kind kind(JsonNode stats, String word) {
    return new DiskCounts.Kind(
        count(stats, word + "_operations"),
        count(stats, word + "_bytes"),
        count(stats, word + "_total_time_ns"),
        count(stats, "failed_" + word + "_operations"));
  }

  /** A hostile QEMU may say anything. */
  private static long count(JsonNode stats, String name) {
    return Math.max(0, stats.path(name).asLong(0));
  }

  /**
   * The threads of the vCPUs, by their ids in QEMU's own pid namespace: {@code query-cpus-fast}.
   * They last as long as QEMU. A TCG without threads of their own has one for all.
   *
   * @param threads at most so many, whatever QEMU says
   * @param most how long to wait
   */
  public static List<Integer> vcpuThreads(QmpConnection qmp, int threads, Duration most)
      throws QmpException, InterruptedException {
    return vcpuThreads(qmp.execute("query-cpus-fast", null, most), threads);
  }

  static List<Integer> vcpuThreads(JsonNode answer, int threads) {
    return StreamSupport.stream(answer.spliterator(), false)
        .map(cpu -> cpu.path("thread-id").asInt(0))
        .filter(thread -> thread > 0)
        .distinct()
        .limit(threads)
        .toList();
  }
}
