package dev.moult.cli.output;

import org.jspecify.annotations.Nullable;

/** Texts of a status as they may be shown: who runs a QEMU can put any character into some. */
public final class Printable {
  private Printable() {}

  /** A line of a text, where blanks and tabs count: each other control character is a dot. */
  public static String line(String text) {
    return text.replaceAll("[\\p{Cc}&&[^\t]]|\\p{Cf}|\\p{Zl}|\\p{Zp}|\\p{Cs}", "\u00b7");
  }

  /** The text on one line, each control or formatting character replaced by a dot. */
  public static String of(@Nullable Object text) {
    return text == null
        ? ""
        : text.toString()
            .strip()
            .replaceAll("\\R", " ")
            .replaceAll("\\p{Cc}|\\p{Cf}|\\p{Zl}|\\p{Zp}|\\p{Cs}", "\u00b7");
  }
}
