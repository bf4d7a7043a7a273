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

  /** Prints the figures of the disturbance, and whether they are reached. */
  boolean print(List<Disturbance.Comparison> figures) {
    out.printf(
        "%n%-20s %8s %9s %18s %19s   (medians)%n",
        "another VM's update", "updates", "pause", "handoff", "request to end");
    for (Disturbance.Comparison figure : figures) {
      line(figure.calm(), figure.calm(), "just before and after");
      line(figure.calm(), figure.attacked(), figure.allowed());
    }
    return figures.stream().allMatch(Disturbance.Comparison::within);
  }

  private void line(Disturbance.Medians calm, Disturbance.Medians one, String remark) {
    boolean first = one == calm;
    out.printf(
        "%-20s %8d%s%s%s   %s%n",
        one.who(),
        one.updates(),
        cell(calm.pauseMicros(), one.pauseMicros(), first),
        cell(calm.handoffMicros(), one.handoffMicros(), first),
        cell(calm.wallMicros(), one.wallMicros(), first),
        remark);
  }

  private static String cell(long calm, long now, boolean first) {
    String change = first ? "" : "%+.0f %%".formatted(Disturbance.percent(calm, now));
    return "%8.1f ms %6s".formatted(now / 1e3, change);
  }

  /** What was tried until now. */
  List<Attack.Outcome> outcomes() {
    return List.copyOf(outcomes);
  }
}
