package dev.moult.e2e.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** What a hostile VMM pod does to another VM's updates: its pause and duration with and without. */
final class Disturbance {
  /** How much longer the median may be, percent. */
  static final int ALLOWED = 20;

  /** How many updates are measured beside each attacker, and before he comes. */
  private static final int UPDATES = 7;

  /** Seven are few: what seems too long is measured again so many times, and all of it counts. */
  private static final int TURNS = 3;

  /**
   * Attacks no part of Moult but computes: Kubernetes gives him his share, as any pod, and on the
   * development cluster's two processors he takes it from kubelet, runtime and API server too. The
   * guest's pause counts; how much longer all else takes is told.
   */
  private static final String COMPUTES = "q-spin";

  private Disturbance() {}

  /**
   * Medians of updates of one guest.
   *
   * @param who attacked meanwhile, for the table
   * @param updates how many there were
   */
  record Medians(String who, int updates, long pauseMicros, long handoffMicros, long wallMicros) {

    static Medians of(String who, List<Bystander.Measured> updates) {
      return new Medians(
          who,
          updates.size(),
          median(updates, Bystander.Measured::pauseMicros),
          median(updates, Bystander.Measured::handoffMicros),
          median(updates, Bystander.Measured::wallMicros));
    }

    private static long median(
        List<Bystander.Measured> of, ToLongFunction<Bystander.Measured> what) {
      List<Long> sorted = of.stream().map(what::applyAsLong).sorted().toList();
      int middle = sorted.size() / 2;
      return sorted.size() % 2 == 1
          ? sorted.get(middle)
          : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
  }

  /**
   * Beside an attacker, and when nobody attacked: just before and just after.
   *
   * @param counts whether the figure is about them: one attacker alone
   */
  record Comparison(Medians calm, Medians attacked, boolean counts) {

    boolean within() {
      return !counts
          || percent(calm.pauseMicros, attacked.pauseMicros) <= ALLOWED
              && (computes()
                  || percent(calm.handoffMicros, attacked.handoffMicros) <= ALLOWED
                      && percent(calm.wallMicros, attacked.wallMicros) <= ALLOWED);
    }

    private boolean computes() {
      return attacked.who.equals(COMPUTES);
    }

    /** What is allowed, for the table. */
    String allowed() {
      String most = "allowed: +" + ALLOWED + " %";
      return counts ? computes() ? most + " of pause" : most : "told, not counted";
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
  static List<Comparison> measure(Field field, List<String> attackers) throws Exception {
    var rounds = new ArrayList<List<String>>();
    attackers.forEach(attacker -> rounds.add(List.of(attacker)));
    rounds.add(attackers);
    var comparisons = new ArrayList<Comparison>();
    List<Bystander.Measured> before = updates(field);
    for (List<String> round : rounds) {
      var calm = new ArrayList<>(before);
      var during = new ArrayList<Bystander.Measured>();
      Comparison comparison;
      int turn = 0;
      do {
        during.addAll(beside(field, round));
        before = updates(field);
        calm.addAll(before);
        String who = round.size() == 1 ? round.getFirst() : "all of them";
        comparison =
            new Comparison(
                Medians.of("undisturbed", calm), Medians.of(who, during), round.size() == 1);
      } while (!comparison.within() && ++turn < TURNS);
      comparisons.add(comparison);
    }
    return comparisons;
  }

  private static List<Bystander.Measured> beside(Field field, List<String> attackers)
      throws Exception {
    for (String attacker : attackers) {
      field.apply(attacker, Field.HOSTILE, "");
    }
    for (String attacker : attackers) {
      field.says(attacker, line -> line.contains("begins"));
    }
    List<Bystander.Measured> during = updates(field);
    field.remove(attackers);
    return during;
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
}
