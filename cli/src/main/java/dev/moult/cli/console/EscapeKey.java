package dev.moult.cli.console;

import java.util.Locale;
import java.util.Optional;

/**
 * The key that ends a console.
 *
 * @param code the byte that a terminal in raw mode sends for it; empty if no key does
 */
record EscapeKey(Optional<Byte> code) {
  /** As telnet and virsh have it: Ctrl and the closing bracket. */
  static final String DEFAULT = "^]";

  private static final String NONE = "none";

  /**
   * Reads a key.
   *
   * @param text caret and a letter or one of {@code @[\]^_}, such as {@code ^]} or {@code ^a}; or
   *     {@code none}
   * @throws IllegalArgumentException if it is neither
   */
  static EscapeKey parse(String text) {
    if (text.equals(NONE)) {
      return new EscapeKey(Optional.empty());
    }
    String key = text.toUpperCase(Locale.ROOT);
    if (key.length() != 2 || key.charAt(0) != '^' || key.charAt(1) < '@' || key.charAt(1) > '_') {
      throw new IllegalArgumentException(
          "not a key such as ^] or ^a, and not \"none\": \"" + text + "\"");
    }
    return new EscapeKey(Optional.of((byte) (key.charAt(1) - '@')));
  }

  /** Where in these bytes it was pressed; their count if it was not. */
  int find(byte[] bytes, int count) {
    if (code.isPresent()) {
      for (int i = 0; i < count; i++) {
        if (bytes[i] == code.get()) {
          return i;
        }
      }
    }
    return count;
  }

  @Override
  public String toString() {
    return code.map(c -> "Ctrl-" + (char) (c + '@')).orElse(NONE);
  }
}
