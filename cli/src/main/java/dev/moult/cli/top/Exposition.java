package dev.moult.cli.top;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A page of Prometheus' text format (version 0.0.4), as far as it is wanted here: the samples whose
 * names begin alike. All other lines are passed over unread.
 */
final class Exposition {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");

  private static final int MOST_LABELS = 32;
  private static final int MOST_DIGITS = 64;

  private final String line;
  private int at;

  private Exposition(String line) {
    this.line = line;
  }

  /**
   * One value.
   *
   * @param name its metric
   * @param labels what it is of
   * @param value any number, NaN and infinity too
   */
  record Sample(String name, Map<String, String> labels, double value) {}

  /**
   * Reads the samples of a page.
   *
   * @param prefix how the names of those begin that are wanted
   */
  static List<Sample> samples(String page, String prefix) throws ExpositionException {
    List<Sample> samples = new ArrayList<>();
    int number = 1;
    for (int begin = 0; begin < page.length(); number++) {
      int end = page.indexOf('\n', begin);
      end = end < 0 ? page.length() : end;
      if (page.startsWith(prefix, begin)) {
        try {
          samples.add(new Exposition(page.substring(begin, end)).sample());
        } catch (ExpositionException e) {
          throw new ExpositionException("line " + number + ": " + e.sentence());
        }
      }
      begin = end + 1;
    }
    return samples;
  }

  private Sample sample() throws ExpositionException {
    String name = name();
    Map<String, String> labels = is('{') ? labels() : Map.of();
    if (!isBlank()) {
      throw new ExpositionException("no blank before the value");
    }
    double value = number(word());
    String timestamp = word();
    if (!timestamp.isEmpty()) {
      number(timestamp);
    }
    if (!word().isEmpty()) {
      throw new ExpositionException("something after the value");
    }
    return new Sample(name, labels, value);
  }

  private String name() throws ExpositionException {
    int begin = at;
    while (at < line.length() && isOfName(line.charAt(at))) {
      at++;
    }
    if (at == begin) {
      throw new ExpositionException("no name where one is due");
    }
    return line.substring(begin, at);
  }

  private static boolean isOfName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  /** From the opening brace to behind the closing one; a comma may be the last before it. */
  private Map<String, String> labels() throws ExpositionException {
    Map<String, String> labels = new HashMap<>();
    expect('{');
    while (!is('}')) {
      String label = name();
      expect('=');
      if (labels.put(label, quoted()) != null || labels.size() > MOST_LABELS) {
        throw new ExpositionException("a label twice, or more than " + MOST_LABELS);
      }
      if (!is('}')) {
        expect(',');
      }
    }
    expect('}');
    return labels;
  }

  private String quoted() throws ExpositionException {
    expect('"');
    StringBuilder text = new StringBuilder();
    while (!is('"')) {
      text.append(is('\\') ? escaped() : next());
    }
    expect('"');
    return text.toString();
  }

  private char escaped() throws ExpositionException {
    expect('\\');
    return switch (next()) {
      case '\\' -> '\\';
      case '"' -> '"';
      case 'n' -> '\n';
      default -> throw new ExpositionException("an escape that is none");
    };
  }

  private static double number(String word) throws ExpositionException {
    return switch (word) {
      case "NaN" -> Double.NaN;
      case "Inf", "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        if (word.length() > MOST_DIGITS || !NUMBER.matcher(word).matches()) {
          throw new ExpositionException("no number where one is due");
        }
        yield Double.parseDouble(word);
      }
    };
  }

  /** What is between the next blanks; empty at the end. */
  private String word() {
    while (isBlank()) {
      at++;
    }
    int begin = at;
    while (at < line.length() && !isBlank()) {
      at++;
    }
    return line.substring(begin, at);
  }

  private boolean isBlank() {
    return is(' ') || is('\t');
  }

  private boolean is(char c) {
    return at < line.length() && line.charAt(at) == c;
  }

  private void expect(char c) throws ExpositionException {
    if (next() != c) {
      throw new ExpositionException("no " + c + " where one is due");
    }
  }

  private char next() throws ExpositionException {
    if (at == line.length()) {
      throw new ExpositionException("it ends too early");
    }
    return line.charAt(at++);
  }
}
