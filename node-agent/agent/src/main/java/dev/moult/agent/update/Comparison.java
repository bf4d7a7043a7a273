package dev.moult.agent.update;

import dev.moult.qemu.machine.CommandLineDiff;
import dev.moult.qemu.machine.Difference;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qtree.Qtree;
import dev.moult.qemu.qtree.QtreeAllowList;
import dev.moult.qemu.qtree.QtreeDiff;
import dev.moult.wire.SlotFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Compares A and B while A runs the guest: QEMU itself checks little of it. */
final class Comparison {
  // A's CPU is written as it was wished, B's as it was frozen: it is compared by the device tree.
  private static final Set<String> COMPARED_OTHERWISE = Set.of("-cpu");

  private Comparison() {}

  /** All differences of command lines and device trees. */
  static List<Difference> machines(QmpClient a, QmpClient b, List<String> argvA, List<String> argvB)
      throws QmpException, InterruptedException {
    List<Difference> differences =
        new ArrayList<>(CommandLineDiff.compare(argvA, argvB, COMPARED_OTHERWISE));
    QtreeAllowList allowed = QtreeAllowList.between(a.version(), b.version());
    differences.addAll(
        QtreeDiff.compare(Qtree.parse(a.infoQtree()), Qtree.parse(b.infoQtree()), allowed));
    return List.copyOf(differences);
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
