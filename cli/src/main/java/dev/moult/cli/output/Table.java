package dev.moult.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table as kubectl prints one: columns in capitals, three blanks between them, no frame. */
public final class Table {
  private static final String GAP = "   ";
  private static final String NOTHING = "<none>";

  private final List<List<String>> rows = new ArrayList<>();

  /** A table of these columns. */
  public Table(String... columns) {
    rows.add(List.of(columns));
  }

  /** Adds a row; a cell that is null or empty is printed as kubectl prints it. */
  public void add(@Nullable Object... cells) {
    rows.add(Arrays.stream(cells).map(Table::cell).toList());
  }

  /** Prints it. */
  public void print(PrintWriter out) {
    print(rows, out);
  }

  /** Prints it without the columns' names. */
  public void printRows(PrintWriter out) {
    print(rows.subList(1, rows.size()), out);
  }

  private void print(List<List<String>> rows, PrintWriter out) {
    int[] widths = new int[this.rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length()).append(GAP);
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }

  private static String cell(@Nullable Object cell) {
    String text = Printable.of(cell);
    return text.isEmpty() ? NOTHING : text;
  }
}
