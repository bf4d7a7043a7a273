package dev.moult.e2e.hostile;

import java.util.ArrayList;
import java.util.List;

/** What hostile VMM pods do to another VM's updates: its pause and duration with and without. */
final class Disturbance {
  /** How much longer the median may be, percent. */
  static final int ALLOWED = 20;

  private Disturbance() {}

  /**
   * Medians of updates of the same guest, in microseconds.
   *
   * @param updates how many of each
   */
  record Figures(
      int updates, long pauseBefore, long pauseDuring, long wallBefore, long wallDuring) {

    boolean reached() {
      return pauseDuring * 100 <= pauseBefore * (100 + ALLOWED)
          && wallDuring * 100 <= wallBefore * (100 + ALLOWED);
    }
  }

  /**
   * Measures in turn, so that what else the machine does weighs on both alike.
   *
   * @param attackers virtual machines that are there for the second half of each turn
   */
  static Figures measure(Field field, List<String> attackers, int turns, int updatesInTurn)
      throws Exception {
    var before = new ArrayList<Bystander.Measured>();
    var during = new ArrayList<Bystander.Measured>();
    field.bystander().update(); // the first one fills caches
    for (int turn = 0; turn < turns; turn++) {
      for (int i = 0; i < updatesInTurn; i++) {
        before.add(field.bystander().update());
      }
      for (String attacker : attackers) {
        field.apply(attacker, Field.HOSTILE, "");
      }
      for (String attacker : attackers) {
        field.says(attacker, line -> line.contains("begins"));
      }
      for (int i = 0; i < updatesInTurn; i++) {
        during.add(field.bystander().update());
      }
      field.remove(attackers);
    }
    return new Figures(
        before.size(),
        median(before.stream().map(Bystander.Measured::pauseMicros).toList()),
        median(during.stream().map(Bystander.Measured::pauseMicros).toList()),
        median(before.stream().map(Bystander.Measured::wallMicros).toList()),
        median(during.stream().map(Bystander.Measured::wallMicros).toList()));
  }

  static long median(List<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
