package dev.moult.cli.console;

import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which escape sequences of a guest reach the terminal: those that a login, an editor or a pager
 * needs. What makes a terminal answer (device reports, answerback), touches its window, its title,
 * its clipboard or its printer, or defines keys, is not among them. Names and numbers: ECMA-48, and
 * for private modes "XTerm Control Sequences".
 */
final class EscapeRules {
  /** ESC and one of these: save and restore the cursor, line feeds, tab stop, reset, keypad. */
  private static final String ESCAPES = "78DEHMc=>";

  /** ESC, one of these, and one of {@link #CHARACTER_SETS}: what the terminal draws lines with. */
  private static final String DESIGNATORS = "()";

  /** US, UK, line drawing. */
  private static final String CHARACTER_SETS = "AB0";

  /**
   * Cursor (A-G, H, I, Z, `, a, d, e, f, s, u), erase (J, K, X), insert and delete (@, L, M, P),
   * scroll (S, T, r), repeat (b), tab stops (g), colours (m).
   */
  private static final String CSI_FINALS = "@ABCDEFGHIJKLMPSTXZ`abdefgmrsu";

  /** Numbers of up to five digits; with colons for colours alone. */
  private static final Pattern NUMBERS = Pattern.compile("[0-9]{0,5}(;[0-9]{0,5}){0,15}");

  private static final Pattern COLOURS = Pattern.compile("[0-9]{0,5}([;:][0-9]{0,5}){0,31}");

  /** Insert mode. */
  private static final Set<String> ANSI_MODES = Set.of("4");

  /**
   * Application cursor keys, reverse video, origin, wrap, cursor's blinking, cursor shown, the
   * alternate screen and its cursor, bracketed paste.
   */
  private static final Set<String> PRIVATE_MODES =
      Set.of("1", "5", "6", "7", "12", "25", "47", "1047", "1048", "1049", "2004");

  private EscapeRules() {}

  /** Whether ESC and this byte are a whole sequence that passes. */
  static boolean escape(int last) {
    return ESCAPES.indexOf(last) >= 0;
  }

  /** Whether ESC, these intermediate bytes and this last one are a sequence that passes. */
  static boolean escape(String intermediates, int last) {
    return intermediates.length() == 1
        && DESIGNATORS.contains(intermediates)
        && CHARACTER_SETS.indexOf(last) >= 0;
  }

  /**
   * A control sequence, without its introducer.
   *
   * @param body its parameters and intermediates
   * @param last its final byte
   * @return what passes of its body and final byte; empty if nothing does
   */
  static String control(String body, char last) {
    if (last == 'h' || last == 'l') {
      return mode(body, last);
    }
    boolean passes =
        switch (last) {
          case 'm' -> COLOURS.matcher(body).matches();
          // With parameters these are a margin or a report of the keyboard's.
          case 's', 'u' -> body.isEmpty();
          // With more than one, mouse tracking.
          case 'T' -> NUMBERS.matcher(body).matches() && body.indexOf(';') < 0;
          default -> CSI_FINALS.indexOf(last) >= 0 && NUMBERS.matcher(body).matches();
        };
    return passes ? body + last : "";
  }

  private static String mode(String body, char last) {
    boolean isPrivate = body.startsWith("?");
    Set<String> allowed = isPrivate ? PRIVATE_MODES : ANSI_MODES;
    String passes =
        Arrays.stream((isPrivate ? body.substring(1) : body).split(";", -1))
            .filter(allowed::contains)
            .collect(Collectors.joining(";"));
    return passes.isEmpty() ? "" : (isPrivate ? "?" : "") + passes + last;
  }
}
