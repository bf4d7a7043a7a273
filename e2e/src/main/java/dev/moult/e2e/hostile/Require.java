package dev.moult.e2e.hostile;

import java.util.List;

/** What trials look at in the same way. */
final class Require {
  private Require() {}

  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  /** Of what a pod said it tried to reach, nothing answered. */
  static String nothingReached(List<String> said) {
    List<String> tries = said.stream().filter(line -> line.contains("reach ")).toList();
    List<String> reached = tries.stream().filter(line -> line.contains("REACHED")).toList();
    require(!tries.isEmpty(), "it tried nothing");
    require(reached.isEmpty(), "reached: " + reached);
    return tries.size() + " addresses, none reached";
  }
}
