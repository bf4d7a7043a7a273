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
    String cut = text.length() <= MAX ? text : text.substring(0, MAX - 1) + "…";
    return cut.replaceAll("\\p{Cc}|\\p{Cf}|[\\u2028\\u2029\\x{D800}-\\x{DFFF}]", " ");
  }
}
