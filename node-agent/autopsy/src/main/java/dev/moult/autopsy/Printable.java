package dev.moult.autopsy;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A guest's bytes as text that does nothing to a terminal; the rest as the kernel escapes it. */
final class Printable {
  private static final int MOST_CHARS = 256;

  private Printable() {}

  /** A short text. */
  static String of(String text) {
    String all = text.substring(0, Math.min(text.length(), MOST_CHARS));
    return of(all.getBytes(StandardCharsets.UTF_8), 0, Integer.MAX_VALUE);
  }

  /**
   * Bytes from a place on: UTF-8 stays, what is none or would command a terminal is {@code \xNN}.
   */
  static String of(byte[] bytes, int from, int most) {
    int length = Math.min(most, bytes.length - from);
    if (isPlain(bytes, from, length)) {
      return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
    ByteBuffer rest = ByteBuffer.wrap(bytes, from, length);
    StringBuilder text = new StringBuilder(rest.remaining());
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer chars = CharBuffer.allocate(rest.remaining() + 2);
    while (rest.hasRemaining()) {
      decoder.reset();
      chars.clear();
      decoder.decode(rest, chars, true);
      chars.flip().codePoints().forEach(each -> append(text, each));
      if (rest.hasRemaining()) { // stands at what is no UTF-8
        escape(text, rest.get() & 0xff);
      }
    }
    return text.toString();
  }

  /** Nearly all lines are. */
  private static boolean isPlain(byte[] bytes, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (bytes[i] < ' ' || bytes[i] == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static void append(StringBuilder text, int character) {
    if (character == '\t' || !isCommand(character)) {
      text.appendCodePoint(character);
      return;
    }
    for (byte each : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
      escape(text, each & 0xff);
    }
  }

  private static boolean isCommand(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static void escape(StringBuilder text, int value) {
    text.append(String.format(Locale.ROOT, "\\x%02x", value));
  }
}
