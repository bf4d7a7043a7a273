package dev.moult.qemu.machine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/**
 * The hardware that a QEMU has built, as it tells of it: what two of them are compared by, also
 * when one of them is dead by then.
 *
 * @param version QEMU's, three numbers
 * @param type the machine's
 * @param uuid the guest's
 * @param vcpus how many
 * @param processors the first and the last of them
 * @param memory the memory blocks
 * @param backends of each memory backend its id, size and whether it is shared; where it lies is
 *     each one's
 * @param auxiliaryShared whether memory that has no backend is shared
 * @param disks format, size, access, cache of each. What lies beneath a format is left out: the
 *     file of an overlay grows while the guest writes
 * @param tree {@code info qtree}
 */
public record MachineFacts(
    String version,
    String type,
    String uuid,
    int vcpus,
    List<CpuFacts> processors,
    RamBlocks memory,
    List<String> backends,
    String auxiliaryShared,
    List<String> disks,
    String tree) {

  /** Copies the lists. */
  public MachineFacts {
    Objects.requireNonNull(version);
    Objects.requireNonNull(memory);
    Objects.requireNonNull(tree);
    processors = List.copyOf(processors);
    backends = List.copyOf(backends);
    disks = List.copyOf(disks);
  }

  /**
   * Asks a QEMU; up to 95 ms of its monitor, its guest runs meanwhile.
   *
   * @throws IllegalArgumentException when it does not answer as a QEMU does
   */
  public static MachineFacts read(QmpClient qemu) throws QmpException, InterruptedException {
    return new MachineFacts(
        qemu.version().numbers(),
        text(qemu.qomGet("/machine", "type")),
        text(qemu.execute("query-uuid", null)),
        qemu.queryCpus().size(),
        CpuFacts.read(qemu),
        RamBlocks.parse(qemu.infoRamblock()),
        backends(qemu.queryMemdev()),
        text(qemu.qomGet("/machine", "aux-ram-share")),
        disks(qemu.namedBlockNodes()),
        qemu.infoQtree());
  }

  private static List<String> backends(JsonNode all) {
    List<String> backends = new ArrayList<>();
    for (JsonNode backend : all) {
      backends.add(
          "%s of %d bytes %s"
              .formatted(
                  PeerText.clean(backend.path("id").asText("?")),
                  backend.path("size").asLong(),
                  backend.path("share").asBoolean(false) ? "shared" : "private"));
    }
    return backends;
  }

  private static List<String> disks(JsonNode nodes) {
    TreeSet<String> disks = new TreeSet<>();
    for (JsonNode node : nodes) {
      String name = PeerText.clean(node.path("node-name").asText(""));
      if (name.endsWith("-fmt")) {
        disks.add(
            "%s is %s of %d bytes, read-only %s, direct %s"
                .formatted(
                    name,
                    PeerText.clean(node.path("drv").asText("?")),
                    node.path("image").path("virtual-size").asLong(),
                    node.path("ro").asBoolean(),
                    node.path("cache").path("direct").asBoolean()));
      }
    }
    return List.copyOf(disks);
  }

  private static String text(JsonNode value) {
    return PeerText.clean(value.isValueNode() ? value.asText() : value.toString());
  }
}
