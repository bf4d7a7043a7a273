package dev.moult.e2e.hostile;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Tries groups of attacks one after the other and prints what came of each. */
public final class Battle {
  private final Field field;
  private final PrintStream out;
  private final List<Attack.Outcome> outcomes = new ArrayList<>();

  Battle(Field field, PrintStream out) {
    this.field = field;
    this.out = out;
  }

  void fight(Group group) throws Exception {
    out.printf("%n== %s%n", group.title());
    try {
      group.prepare().run(field);
      for (Attack attack : group.attacks()) {
        Attack.Outcome outcome = tried(attack);
        outcomes.add(outcome);
        print(outcome);
      }
    } finally {
      field.remove(
          group.attacks().stream()
              .map(Attack::name)
              .filter(name -> field.namespace().vm(name).get() != null)
              .toList());
    }
  }

  private Attack.Outcome tried(Attack attack) {
    try {
      String seen = attack.trial().run(field);
      field.requireNobodyHarmed();
      return new Attack.Outcome(attack, true, seen);
    } catch (Exception | AssertionError e) {
      return new Attack.Outcome(attack, false, String.valueOf(e.getMessage()));
    }
  }

  private void print(Attack.Outcome outcome) {
    String seen = dev.moult.e2e.cluster.Console.printable(outcome.seen());
    out.printf(
        "%-5s %-14s %s%n      %-14s must hold: %s%n      %-14s seen: %s%n",
        outcome.held() ? "held" : "BROKE",
        outcome.attack().name(),
        outcome.attack().what(),
        "",
        outcome.attack().defence(),
        "",
        seen.substring(0, Math.min(seen.length(), 300)));
  }

  /** Prints the figure of the disturbance. */
  boolean print(Disturbance.Figures figures) {
    out.printf(
        "%n%-28s %14s %14s %8s   (medians of %d updates each)%n",
        "another VM's update", "undisturbed", "attacked", "", figures.updates());
    line("pause", figures.pauseBefore(), figures.pauseDuring());
    line("request to end", figures.wallBefore(), figures.wallDuring());
    return figures.reached();
  }

  private void line(String what, long before, long during) {
    out.printf(
        "%-28s %11.1f ms %11.1f ms %+7.0f %%   allowed: +%d %%%n",
        what,
        before / 1e3,
        during / 1e3,
        before == 0 ? 0 : 100.0 * (during - before) / before,
        Disturbance.ALLOWED);
  }

  /** What was tried until now. */
  List<Attack.Outcome> outcomes() {
    return List.copyOf(outcomes);
  }
}
