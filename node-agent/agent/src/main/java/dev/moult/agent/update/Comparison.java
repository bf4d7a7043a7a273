package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.machine.CommandLineDiff;
import dev.moult.qemu.machine.CpuFacts;
import dev.moult.qemu.machine.Difference;
import dev.moult.qemu.machine.MachineFacts;
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

/** Compares A and B before B may have the guest: QEMU itself checks little of it. */
public final class Comparison {
  // A's CPU is written as it was wished, B's as it was frozen: it is compared as it was realized.
  private static final Set<String> COMPARED_OTHERWISE = Set.of("-cpu");

  private Comparison() {}

  /**
   * What speaks against a handoff, one obstacle per reason: command lines, machine type, vCPUs,
   * memory, device trees. The guest runs; about 95 ms of A's monitor and 60 ms of B's.
   */
  static List<Obstacle> machines(QmpClient a, QmpClient b, List<String> argvA, List<String> argvB)
      throws QmpException, InterruptedException {
    return machines(
        MachineFacts.read(a),
        argvA,
        MachineFacts.read(b),
        argvB,
        (one, other) -> CpuFacts.names(a, one, b, other));
  }

  /**
   * The same where A is dead: features of processors are named by their words then.
   *
   * @param a what A had built
   */
  public static List<Obstacle> machines(
      MachineFacts a, List<String> argvA, QmpClient b, List<String> argvB)
      throws QmpException, InterruptedException {
    return machines(a, argvA, MachineFacts.read(b), argvB, (one, other) -> List.of());
  }

  /** Names the features in which two processors differ; none when it cannot. */
  private interface Names {
    List<Difference> of(CpuFacts a, CpuFacts b) throws QmpException, InterruptedException;
  }

  private static List<Obstacle> machines(
      MachineFacts a, List<String> argvA, MachineFacts b, List<String> argvB, Names names)
      throws QmpException, InterruptedException {
    Map<Reason, List<Difference>> found = new EnumMap<>(Reason.class);
    processors(a, b, names, found);
    memory(a, b, found);
    List<Difference> devices = new ArrayList<>();
    devices.addAll(CommandLineDiff.compare(argvA, argvB, COMPARED_OTHERWISE));
    equal("machine type", a.type(), b.type(), devices);
    equal("UUID", a.uuid(), b.uuid(), devices);
    equal("disks", a.disks(), b.disks(), devices);
    QtreeAllowList allowed =
        QtreeAllowList.between(QemuVersion.parse(a.version()), QemuVersion.parse(b.version()));
    devices.addAll(QtreeDiff.compare(Qtree.parse(a.tree()), Qtree.parse(b.tree()), allowed));
    add(found, Reason.DEVICE_TREE_DIFFERS, devices);
    return found.entrySet().stream()
        .map(one -> new Obstacle(one.getKey().value(), sentence(one.getValue())))
        .toList();
  }

  private static void equal(String what, Object a, Object b, List<Difference> differences) {
    if (!a.equals(b)) {
      differences.add(new Difference(what, a.toString(), b.toString()));
    }
  }

  private static void processors(
      MachineFacts a, MachineFacts b, Names names, Map<Reason, List<Difference>> found)
      throws QmpException, InterruptedException {
    List<Difference> number = new ArrayList<>();
    equal("number of vCPUs", a.vcpus(), b.vcpus(), number);
    add(found, Reason.DEVICE_TREE_DIFFERS, number);
    for (int i = 0; i < Math.min(a.processors().size(), b.processors().size()); i++) {
      CpuFacts one = a.processors().get(i);
      CpuFacts other = b.processors().get(i);
      List<Difference> differences = new ArrayList<>(CpuFacts.properties(one, other));
      List<Difference> words = CpuFacts.words(one, other);
      if (!words.isEmpty()) {
        List<Difference> named = names.of(one, other);
        differences.addAll(named.isEmpty() ? words : named);
      }
      if (!differences.isEmpty()) {
        boolean lacks = CpuFacts.lacks(one, other);
        add(found, lacks ? Reason.CPU_FEATURES_FILTERED : Reason.DEVICE_TREE_DIFFERS, differences);
        return; // the others differ in the same
      }
    }
  }

  private static void memory(MachineFacts a, MachineFacts b, Map<Reason, List<Difference>> found) {
    List<Difference> firmware = new ArrayList<>();
    List<Difference> devices = new ArrayList<>();
    RamBlocks.compare(a.memory(), b.memory())
        .forEach(difference -> {
          String name = difference.where().substring(difference.where().lastIndexOf(' ') + 1);
          (RamBlocks.isFirmware(name) ? firmware : devices).add(difference);
        });
    List<Difference> shared = new ArrayList<>();
    equal("sharing of memory", a.backends(), b.backends(), shared);
    equal("aux-ram-share", a.auxiliaryShared(), b.auxiliaryShared(), shared);
    add(found, Reason.FIRMWARE_MISMATCH, firmware);
    add(found, Reason.PRIVATE_MEMORY, shared);
    add(found, Reason.DEVICE_TREE_DIFFERS, devices);
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
