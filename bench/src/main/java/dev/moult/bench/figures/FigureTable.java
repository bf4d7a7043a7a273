package dev.moult.bench.figures;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What is promised, what was seen, and whether that is enough. */
public final class FigureTable {
  private static final List<String> HEAD = List.of("what", "figure", "seen", "ok");

  private final List<List<String>> rows = new ArrayList<>(List.of(HEAD));
  private boolean complete = true;

  /** Adds what was measured. */
  public void seen(String what, String figure, String seen, boolean reached) {
    rows.add(List.of(what, figure, seen, reached ? "ok" : "NOT REACHED"));
  }

  /** Adds what was measured and nothing is promised of. */
  public void told(String what, String seen) {
    rows.add(List.of(what, "", seen, ""));
  }

  /** Adds what could not be measured. */
  public void missing(String what, String figure, String why) {
    rows.add(List.of(what, figure, why, "NOT MEASURED"));
    complete = false;
  }

  /** Whether everything could be measured, reached or not. */
  public boolean isComplete() {
    return complete;
  }

  /** Prints it as a table that Markdown reads too. */
  public void print(PrintStream out) {
    IntUnaryOperator width =
        column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    for (int i = 0; i < rows.size(); i++) {
      var line = new StringBuilder("|");
      for (int column = 0; column < HEAD.size(); column++) {
        line.append(
            " %%-%ds |".formatted(width.applyAsInt(column)).formatted(rows.get(i).get(column)));
      }
      out.println(line);
      if (i == 0) {
        out.println("| --- | --- | --- | --- |");
      }
    }
  }
}
