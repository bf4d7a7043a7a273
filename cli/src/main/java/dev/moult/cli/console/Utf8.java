package dev.moult.cli.console;

import java.util.function.IntConsumer;

/** UTF-8, byte by byte; what is overlong, a surrogate or cut off is no character (RFC 3629). */
final class Utf8 {
  /** Stands for bytes that are no character. */
  static final int NONE = -1;

  private int wanted;
  private int character;
  private int lowest;

  /**
   * The next byte. A single one of 0x80 to 0x9f that belongs to no character is taken for the
   * control that it is in eight-bit sets.
   *
   * @param characters gets what has become whole with this byte: nothing yet, a character, or
   *     {@link #NONE} and perhaps a character after it
   */
  void next(int value, IntConsumer characters) {
    if (wanted == 0) {
      first(value, characters);
    } else if ((value & 0xc0) == 0x80) {
      continued(value, characters);
    } else {
      wanted = 0;
      characters.accept(NONE);
      first(value, characters);
    }
  }

  private void continued(int value, IntConsumer characters) {
    character = character << 6 | (value & 0x3f);
    if (--wanted == 0) {
      boolean valid =
          character >= lowest
              && character <= Character.MAX_CODE_POINT
              && (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE);
      characters.accept(valid ? character : NONE);
    }
  }

  private void first(int value, IntConsumer characters) {
    if (value < 0xa0) {
      characters.accept(value);
    } else if (value >= 0xc2 && value <= 0xdf) {
      begin(value & 0x1f, 1, 0x80);
    } else if (value >= 0xe0 && value <= 0xef) {
      begin(value & 0x0f, 2, 0x800);
    } else if (value >= 0xf0 && value <= 0xf4) {
      begin(value & 0x07, 3, 0x10000);
    } else {
      characters.accept(NONE);
    }
  }

  private void begin(int bits, int more, int least) {
    character = bits;
    wanted = more;
    lowest = least;
  }
}
