package dev.moult.e2e.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** What a hostile VMM pod does to another VM's updates: its pause and duration with and without. */
final class Disturbance {
  /** How much longer the median may be, percent. */
  static final int ALLOWED = 20;

  /** How many updates are measured beside each attacker, and before he comes. */
  static final int UPDATES = 5;

  private Disturbance() {}

  /**
   * Medians of the updates beside some attackers.
   *
   * @param attackers who was there, for the table
   * @param counts whether the figure is about them: one attacker alone
   */
  record Line(String attackers, boolean counts, long pauseMicros, long wallMicros) {}

  /**
   * Medians of updates of the same guest.
   *
   * @param calm how many of them were undisturbed
   * @param pauseMicros the guest's standstill when nobody attacks
   * @param wallMicros from request to end when nobody attacks
   * @param lines one for each attacker, and one for all at once
   */
  record Figures(int calm, long pauseMicros, long wallMicros, List<Line> lines) {

    boolean reached() {
      return lines.stream()
          .filter(Line::counts)
          .allMatch(line ->
              percent(pauseMicros, line.pauseMicros) <= ALLOWED
                  && percent(wallMicros, line.wallMicros) <= ALLOWED);
    }
  }

  /** By how much something is longer, percent. */
  static double percent(long before, long now) {
    return before == 0 ? 0 : 100.0 * (now - before) / before;
  }

  /**
   * Measures in turn, so that what else the machine does weighs on all alike.
   *
   * @param attackers virtual machines, first one after the other, then all at once
   */
  static Figures measure(Field field, List<String> attackers) throws Exception {
    var calm = new ArrayList<Bystander.Measured>();
    var lines = new ArrayList<Line>();
    for (String attacker : attackers) {
      lines.add(beside(field, attacker, List.of(attacker), calm));
    }
    lines.add(beside(field, "all of them", attackers, calm));
    return new Figures(
        calm.size(),
        median(calm, Bystander.Measured::pauseMicros),
        median(calm, Bystander.Measured::wallMicros),
        lines);
  }

  private static Line beside(
      Field field, String name, List<String> attackers, List<Bystander.Measured> calm)
      throws Exception {
    calm.addAll(updates(field));
    for (String attacker : attackers) {
      field.apply(attacker, Field.HOSTILE, "");
    }
    for (String attacker : attackers) {
      field.says(attacker, line -> line.contains("begins"));
    }
    List<Bystander.Measured> during = updates(field);
    field.remove(attackers);
    return new Line(
        name,
        attackers.size() == 1,
        median(during, Bystander.Measured::pauseMicros),
        median(during, Bystander.Measured::wallMicros));
  }

  /** One more than are counted: that of pods which start or go is nobody's attack. */
  private static List<Bystander.Measured> updates(Field field) {
    var unused = field.bystander().update();
    var measured = new ArrayList<Bystander.Measured>();
    for (int i = 0; i < UPDATES; i++) {
      measured.add(field.bystander().update());
    }
    return measured;
  }

  private static long median(List<Bystander.Measured> of, ToLongFunction<Bystander.Measured> what) {
    List<Long> sorted = of.stream().map(what::applyAsLong).sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
