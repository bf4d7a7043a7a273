package dev.moult.qemu.qtree;

import dev.moult.qemu.machine.Difference;
import java.util.ArrayList;
import java.util.List;

/** Compares the device trees of A and B before the guest stops. */
public final class QtreeDiff {

  private QtreeDiff() {}

  /**
   * All differences: devices of one side alone, other types, properties with other values, and
   * properties of one side alone that the list does not allow.
   *
   * @param a tree of the running QEMU
   * @param b tree of the new one
   * @param allowed what the pair of versions may differ in
   */
  public static List<Difference> compare(Qtree a, Qtree b, QtreeAllowList allowed) {
    List<Difference> differences = new ArrayList<>();
    for (QtreeDevice left : a.devices().values()) {
      QtreeDevice right = b.devices().get(left.path());
      if (right == null) {
        differences.add(new Difference("device " + left.path(), left.type(), Difference.ABSENT));
      } else if (!left.type().equals(right.type())) {
        differences.add(new Difference("device " + left.path(), left.type(), right.type()));
      } else {
        properties(left, right, allowed, differences);
      }
    }
    for (QtreeDevice right : b.devices().values()) {
      if (!a.devices().containsKey(right.path())) {
        differences.add(new Difference("device " + right.path(), Difference.ABSENT, right.type()));
      }
    }
    return List.copyOf(differences);
  }

  private static void properties(
      QtreeDevice a, QtreeDevice b, QtreeAllowList allowed, List<Difference> differences) {
    a.properties()
        .forEach((name, value) -> {
          String other = b.properties().get(name);
          if (other == null ? !allowed.allows(a.type(), name) : !other.equals(value)) {
            differences.add(
                new Difference(
                    "property " + name + " of device " + a.path(),
                    value,
                    other == null ? Difference.ABSENT : other));
          }
        });
    b.properties()
        .forEach((name, value) -> {
          if (!a.properties().containsKey(name) && !allowed.allows(b.type(), name)) {
            differences.add(
                new Difference(
                    "property " + name + " of device " + b.path(), Difference.ABSENT, value));
          }
        });
  }
}
