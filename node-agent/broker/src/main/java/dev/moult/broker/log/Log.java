package dev.moult.broker.log;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The broker's log: no framework, because it starts before anything else and stays small. */
public final class Log {
  private Log() {}

  /** Something happened as it should. */
  public static void info(String what, String... pairs) {
    write("INFO ", what, pairs);
  }

  /** Something went wrong that others have to live with. */
  public static void warn(String what, String... pairs) {
    write("WARN ", what, pairs);
  }

  private static void write(String level, String what, String... pairs) {
    var line = new StringBuilder(160);
    line.append(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .append(' ')
        .append(level)
        .append(what);
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      line.append(' ').append(pairs[i]).append('=').append(quoted(pairs[i + 1]));
    }
    System.err.println(line);
  }

  /** Quoted where it has blanks; control characters of peers become blanks. */
  private static String quoted(String value) {
    var clean = new StringBuilder(value.length() + 2);
    boolean quote = value.isEmpty();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      quote |= c == ' ' || c == '=' || c == '"' || Character.isISOControl(c);
      clean.append(Character.isISOControl(c) ? ' ' : c == '"' ? '\'' : c);
    }
    return quote ? "\"" + clean + "\"" : clean.toString();
  }
}
