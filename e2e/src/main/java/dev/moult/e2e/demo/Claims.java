package dev.moult.e2e.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A table of claims: what was seen, what was expected, and whether it held. */
final class Claims {
  private record Row(String what, String seen, String wanted, boolean holds) {}

  private final List<Row> rows = new ArrayList<>();

  /** Adds what is told without being a claim. */
  void fact(String what, String seen) {
    rows.add(new Row(what, seen, "", true));
  }

  void claim(String what, String seen, String wanted, boolean holds) {
    rows.add(new Row(what, seen, wanted, holds));
  }

  boolean allHold() {
    return rows.stream().allMatch(Row::holds);
  }

  void print(PrintStream out) {
    int what = rows.stream().mapToInt(row -> row.what.length()).max().orElse(0);
    int seen = rows.stream().mapToInt(row -> row.seen.length()).max().orElse(0);
    for (var row : rows) {
      var mark = row.wanted.isEmpty() ? "" : row.holds ? "ok" : "NOT SO";
      out.printf(
          "  %-" + what + "s  %-" + seen + "s  %-18s %s%n", row.what, row.seen, row.wanted, mark);
    }
  }
}
