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
    group.prepare().run(field);
    for (Attack attack : group.attacks()) {
      note(tried(attack));
    }
    List<String> left =
        group.attacks().stream()
            .map(Attack::name)
            .filter(name -> field.namespace().vm(name).get() != null)
            .toList();
    if (!left.isEmpty()) {
      note(tried(removal(left)));
    }
  }

  private void note(Attack.Outcome outcome) {
    outcomes.add(outcome);
    print(outcome);
  }

  /** Who attacks must not outlive his deletion either. */
  private static Attack removal(List<String> vms) {
    return new Attack(
        "removal",
        "these virtual machines are deleted",
        "gone, with their pods",
        field -> {
          field.remove(vms);
          return vms.size() + " gone";
        });
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

  /** Prints the figures of the disturbance. */
  boolean print(Disturbance.Figures figures) {
    out.printf(
        "%n%-14s %12s %8s %20s %8s   (medians of %d updates; undisturbed: of %d)%n",
        "another VM's", "pause", "", "request to end", "", Disturbance.UPDATES, figures.calm());
    out.printf(
        "%-14s %9.1f ms %8s %17.0f ms%n",
        "undisturbed", figures.pauseMicros() / 1e3, "", figures.wallMicros() / 1e3);
    for (Disturbance.Line line : figures.lines()) {
      out.printf(
          "%-14s %9.1f ms %+6.0f %% %17.0f ms %+6.0f %%   %s%n",
          line.attackers(),
          line.pauseMicros() / 1e3,
          Disturbance.percent(figures.pauseMicros(), line.pauseMicros()),
          line.wallMicros() / 1e3,
          Disturbance.percent(figures.wallMicros(), line.wallMicros()),
          line.counts() ? "allowed: +" + Disturbance.ALLOWED + " %" : "not counted");
    }
    return figures.reached();
  }

  /** What was tried until now. */
  List<Attack.Outcome> outcomes() {
    return List.copyOf(outcomes);
  }
}
