package dev.moult.e2e.faults;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Prints each run as it ends, and the table of all at the end. */
final class Ledger {
  private final PrintStream out;
  private final List<String> steps;
  private final List<Outcome> outcomes = new ArrayList<>();

  /**
   * Begins one.
   *
   * @param steps the titles of the table's steps, the first of number 1
   */
  Ledger(PrintStream out, List<String> steps) {
    this.out = out;
    this.steps = List.copyOf(steps);
  }

  synchronized void add(Outcome outcome) {
    outcomes.add(outcome);
    out.println(outcome.line());
  }

  synchronized List<Outcome> outcomes() {
    return List.copyOf(outcomes);
  }

  synchronized boolean allAsExpected() {
    return !outcomes.isEmpty() && outcomes.stream().allMatch(Outcome::ok);
  }

  /** How many runs were as they must be, of how many: by fault and step, or those of a soak. */
  synchronized void print(Duration took) {
    out.println();
    if (outcomes.stream().allMatch(Outcome::atStep)) {
      table();
    } else {
      tally();
    }
    figures();
    long wrong = outcomes.stream().filter(outcome -> !outcome.ok()).count();
    out.printf(
        Locale.ROOT,
        "%d runs, %d deviations, %.1f min%n",
        outcomes.size(),
        wrong,
        took.toMillis() / 60e3);
  }

  private void table() {
    var rows = new LinkedHashMap<String, Map<String, int[]>>();
    for (Outcome outcome : outcomes) {
      int[] count =
          rows.computeIfAbsent(outcome.fault(), unused -> new TreeMap<>())
              .computeIfAbsent(outcome.step(), unused -> new int[2]);
      count[0] += outcome.ok() ? 1 : 0;
      count[1]++;
    }
    out.printf("%-30s", "fault");
    for (int number = 1; number <= steps.size(); number++) {
      out.printf(" %7d", number);
    }
    out.println();
    rows.forEach((fault, cells) -> {
      out.printf("%-30s", fault);
      for (int number = 1; number <= steps.size(); number++) {
        int[] count = cells.get(Integer.toString(number));
        out.printf(" %7s", count == null ? "–" : count[0] + "/" + count[1]);
      }
      out.println();
    });
    out.println();
    for (int number = 1; number <= steps.size(); number++) {
      out.printf("%d %s%s", number, steps.get(number - 1), number == steps.size() ? "\n" : " · ");
    }
  }

  /** What a soak did to whom, however long it lasted. */
  private void tally() {
    var rows = new TreeMap<String, int[]>();
    for (Outcome outcome : outcomes) {
      var what = outcome.fault().replaceFirst(" [0-9.]+ s$", "");
      int[] count = rows.computeIfAbsent(what, unused -> new int[3]);
      count[0]++;
      count[1] += outcome.ok() ? 1 : 0;
      count[2] += outcome.same() ? 1 : 0;
    }
    out.printf("%-30s %7s %14s %14s%n", "fault", "runs", "as they must", "guest the same");
    rows.forEach(
        (what, count) -> out.printf("%-30s %7d %14d %14d%n", what, count[0], count[1], count[2]));
  }

  private void figures() {
    // Not where the kill itself was held up: by the harness, or because the broker was gone.
    var proofs =
        outcomes.stream()
            .filter(outcome -> !outcome.fault().startsWith("broker "))
            .filter(outcome -> !outcome.step().equals(Integer.toString(Step.TARGET_RUNS.number())))
            .map(Outcome::killProof)
            .filter(Objects::nonNull)
            .sorted()
            .toList();
    if (!proofs.isEmpty()) {
      out.printf(
          Locale.ROOT,
          "A killed after RESUME, proved: median %.1f ms, most %.1f ms of %d (to reach: 100 ms)%n",
          proofs.get(proofs.size() / 2).toNanos() / 1e6,
          proofs.getLast().toNanos() / 1e6,
          proofs.size());
    }
    outcomes.stream()
        .filter(outcome -> outcome.fault().equals(Fault.AGENT_KILLED.title()))
        .map(Outcome::pause)
        .filter(Objects::nonNull)
        .max(Duration::compareTo)
        .ifPresent(pause ->
            out.printf(
                Locale.ROOT,
                "guest stopped because the agent died, longest reported pause: %.2f s (to reach: 5"
                    + " s)%n",
                pause.toMillis() / 1e3));
  }
}
