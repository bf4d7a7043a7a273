package dev.moult.qemu;

/**
 * Text that a QEMU wrote and that people will read in a status or a log: the QEMU may be hostile,
 * so it is cut, and nothing in it can move a cursor or begin a line.
 */
public final class PeerText {

  /** Longest text kept. QEMU's own sentences are under 300. */
  static final int MAX = 500;

  private PeerText() {}

  /** The text, at most 500 characters, every control character a space. */
  public static String clean(String text) {
    return clean(text, MAX);
  }

  /** The text, at most so many characters, every control character a space. */
  public static String clean(String text, int most) {
    String cut = text.length() <= most ? text : text.substring(0, most - 1) + "…";
    return cut.replaceAll("\\p{Cc}|\\p{Cf}|[\\u2028\\u2029\\x{D800}-\\x{DFFF}]", " ");
  }
}
