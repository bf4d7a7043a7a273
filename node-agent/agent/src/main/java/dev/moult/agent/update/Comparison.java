package dev.moult.agent.update;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.machine.CommandLineDiff;
import dev.moult.qemu.machine.CpuFacts;
import dev.moult.qemu.machine.Difference;
import dev.moult.qemu.machine.RamBlocks;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qtree.Qtree;
import dev.moult.qemu.qtree.QtreeAllowList;
import dev.moult.qemu.qtree.QtreeDiff;
import dev.moult.wire.SlotFacts;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Compares A and B while A runs the guest: QEMU itself checks little of it. */
final class Comparison {
  // A's CPU is written as it was wished, B's as it was frozen: it is compared as it was realized.
  private static final Set<String> COMPARED_OTHERWISE = Set.of("-cpu");

  private Comparison() {}

  /**
   * What speaks against a handoff, one obstacle per reason: command lines, machine type, vCPUs,
   * memory, device trees. The guest runs; about 95 ms of A's monitor and 60 ms of B's.
   */
  static List<Obstacle> machines(QmpClient a, QmpClient b, List<String> argvA, List<String> argvB)
      throws QmpException, InterruptedException {
    Map<Reason, List<Difference>> found = new EnumMap<>(Reason.class);
    processors(a, b, found);
    memory(a, b, found);
    List<Difference> devices = new ArrayList<>();
    devices.addAll(CommandLineDiff.compare(argvA, argvB, COMPARED_OTHERWISE));
    equal("machine type", a.qomGet("/machine", "type"), b.qomGet("/machine", "type"), devices);
    equal("UUID", uuid(a), uuid(b), devices);
    if (argvA.contains("-blockdev")) {
      equal("disks", images(a), images(b), devices);
    }
    QtreeAllowList allowed = QtreeAllowList.between(a.version(), b.version());
    devices.addAll(
        QtreeDiff.compare(Qtree.parse(a.infoQtree()), Qtree.parse(b.infoQtree()), allowed));
    add(found, Reason.DEVICE_TREE_DIFFERS, devices);
    return found.entrySet().stream()
        .map(one -> new Obstacle(one.getKey().value(), sentence(one.getValue())))
        .toList();
  }

  /**
   * The disks as each QEMU reads them: format, size, access, cache. What lies beneath a format is
   * not compared: the file of an overlay grows while A's guest writes.
   */
  private static JsonNode images(QmpClient qemu) throws QmpException, InterruptedException {
    SortedMap<String, String> images = new TreeMap<>();
    for (JsonNode node : qemu.namedBlockNodes()) {
      String name = PeerText.clean(node.path("node-name").asText(""));
      if (name.endsWith("-fmt")) {
        images.put(
            name,
            "%s of %d bytes, read-only %s, direct %s"
                .formatted(
                    PeerText.clean(node.path("drv").asText("?")),
                    node.path("image").path("virtual-size").asLong(),
                    node.path("ro").asBoolean(),
                    node.path("cache").path("direct").asBoolean()));
      }
    }
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    images.forEach((name, image) -> list.add(name + " is " + image));
    return list;
  }

  private static JsonNode uuid(QmpClient qemu) throws QmpException, InterruptedException {
    return qemu.execute("query-uuid", null);
  }

  private static void equal(String what, JsonNode a, JsonNode b, List<Difference> differences) {
    if (!a.equals(b)) {
      differences.add(new Difference(what, text(a), text(b)));
    }
  }

  private static String text(JsonNode value) {
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private static void processors(QmpClient a, QmpClient b, Map<Reason, List<Difference>> found)
      throws QmpException, InterruptedException {
    List<CpuFacts> ofA = CpuFacts.read(a);
    List<CpuFacts> ofB = CpuFacts.read(b);
    List<Difference> number = new ArrayList<>();
    equal(
        "number of vCPUs",
        IntNode.valueOf(a.queryCpus().size()),
        IntNode.valueOf(b.queryCpus().size()),
        number);
    add(found, Reason.DEVICE_TREE_DIFFERS, number);
    for (int i = 0; i < Math.min(ofA.size(), ofB.size()); i++) {
      CpuFacts one = ofA.get(i);
      CpuFacts other = ofB.get(i);
      List<Difference> differences = new ArrayList<>(CpuFacts.properties(one, other));
      List<Difference> words = CpuFacts.words(one, other);
      if (!words.isEmpty()) {
        List<Difference> names = CpuFacts.names(a, one, b, other);
        differences.addAll(names.isEmpty() ? words : names);
      }
      if (!differences.isEmpty()) {
        boolean lacks = CpuFacts.lacks(one, other);
        add(found, lacks ? Reason.CPU_FEATURES_FILTERED : Reason.DEVICE_TREE_DIFFERS, differences);
        return; // the others differ in the same
      }
    }
  }

  private static void memory(QmpClient a, QmpClient b, Map<Reason, List<Difference>> found)
      throws QmpException, InterruptedException {
    List<Difference> firmware = new ArrayList<>();
    List<Difference> devices = new ArrayList<>();
    RamBlocks ofA = RamBlocks.parse(a.infoRamblock());
    RamBlocks ofB = RamBlocks.parse(b.infoRamblock());
    RamBlocks.compare(ofA, ofB)
        .forEach(difference -> {
          String name = difference.where().substring(difference.where().lastIndexOf(' ') + 1);
          (RamBlocks.isFirmware(name) ? firmware : devices).add(difference);
        });
    List<Difference> shared = new ArrayList<>();
    equal("sharing of memory", shares(a.queryMemdev()), shares(b.queryMemdev()), shared);
    equal(
        "aux-ram-share",
        a.qomGet("/machine", "aux-ram-share"),
        b.qomGet("/machine", "aux-ram-share"),
        shared);
    add(found, Reason.FIRMWARE_MISMATCH, firmware);
    add(found, Reason.PRIVATE_MEMORY, shared);
    add(found, Reason.DEVICE_TREE_DIFFERS, devices);
  }

  /** Of each memory backend its id, size and whether it is shared; where it lies is each one's. */
  private static JsonNode shares(JsonNode backends) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (JsonNode backend : backends) {
      list.add(
          "%s of %d bytes %s"
              .formatted(
                  backend.path("id").asText("?"),
                  backend.path("size").asLong(),
                  backend.path("share").asBoolean(false) ? "shared" : "private"));
    }
    return list;
  }

  private static void add(
      Map<Reason, List<Difference>> found, Reason reason, List<Difference> differences) {
    if (!differences.isEmpty()) {
      found.computeIfAbsent(reason, any -> new ArrayList<>()).addAll(differences);
    }
  }

  /** The slot of a process as it is now. */
  static Optional<SlotFacts> slot(List<SlotFacts> facts, int number) {
    return facts.stream().filter(fact -> fact.slot() == number).findFirst();
  }

  /** One sentence for people; long lists are cut. */
  static String sentence(List<Difference> differences) {
    int shown = Math.min(differences.size(), 8);
    String text =
        String.join(
            "; ", differences.subList(0, shown).stream().map(Difference::sentence).toList());
    return differences.size() > shown
        ? text + "; and " + (differences.size() - shown) + " more"
        : text;
  }
}
