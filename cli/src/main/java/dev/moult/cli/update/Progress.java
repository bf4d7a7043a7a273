package dev.moult.cli.update;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Lines that stay, and at a terminal one below them that is written anew: where the update is, and
 * for how long.
 */
final class Progress {
  private static final String CLEAR_LINE = "\r\u001b[K";
  private static final String[] SPINNER = {"|", "/", "-", "\\"};

  private final PrintWriter out;
  private final boolean terminal;
  private int turns;

  /**
   * A progress that is told here.
   *
   * @param terminal whether a line can be written over
   */
  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Prints a line that stays. */
  void line(String text) {
    out.println((terminal ? CLEAR_LINE : "") + text);
    out.flush();
  }

  /** Writes the last line anew; nothing where there is no terminal. */
  void turn(String phase, Duration passed) {
    if (terminal) {
      String spinner = SPINNER[turns++ % SPINNER.length];
      out.print(
          CLEAR_LINE
              + String.format(Locale.ROOT, "%s %s %.1fs", spinner, phase, passed.toMillis() / 1e3));
      out.flush();
    }
  }

  /** Removes the line that is written anew. */
  void end() {
    if (terminal) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }
}
