package dev.moult.qemu.pairs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A small table in the jar: semicolon-separated lines, {@code #} begins a comment line. */
public final class Table {

  private Table() {}

  /**
   * Reads a resource beside a class.
   *
   * @param columns how many each line must have
   * @throws IllegalStateException when it is missing or a line has another number of columns
   */
  public static List<List<String>> read(Class<?> beside, String resource, int columns) {
    try (InputStream stream = beside.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("no table " + resource);
      }
      return parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8), columns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a text.
   *
   * @throws IllegalStateException when a line has another number of columns
   */
  static List<List<String>> parse(String text, int columns) {
    return text.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> cells(line, columns))
        .toList();
  }

  private static List<String> cells(String line, int columns) {
    List<String> cells = Arrays.stream(line.split(";", -1)).map(String::strip).toList();
    if (cells.size() != columns) {
      throw new IllegalStateException("table line with " + cells.size() + " columns: " + line);
    }
    return cells;
  }
}
