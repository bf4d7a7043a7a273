package dev.moult.autopsy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel says of itself for those who read its RAM later: the text of its VMCOREINFO note
 * ({@code Documentation/admin-guide/kdump/vmcoreinfo.rst} of Linux).
 */
public final class VmcoreInfo {
  private static final int MOST_LINES = 2_000;

  private final byte[] text;
  private final Map<String, String> values;

  private VmcoreInfo(byte[] text, Map<String, String> values) {
    this.text = text;
    this.values = values;
  }

  /** Reads the lines; of those with the same name the first. */
  static VmcoreInfo parse(byte[] note) {
    int end = 0;
    while (end < note.length && note[end] != 0) {
      end++;
    }
    String all = new String(note, 0, end, StandardCharsets.ISO_8859_1);
    Map<String, String> values = new HashMap<>();
    all.lines()
        .limit(MOST_LINES)
        .forEach(line -> {
          int equals = line.indexOf('=');
          if (equals > 0) {
            values.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
          }
        });
    return new VmcoreInfo(note.clone(), values);
  }

  /** The note's content, as the kernel has it. */
  byte[] text() {
    return text.clone();
  }

  /** Whether it has that name. */
  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The kernel's release, as {@code uname -r} tells it. */
  String release() {
    return Printable.of(values.getOrDefault("OSRELEASE", "unknown"));
  }

  /** A symbol's address. */
  long symbol(String name) throws AutopsyException {
    return number("SYMBOL(" + name + ")", 16);
  }

  /** A decimal number, such as {@code NUMBER(phys_base)}. */
  long number(String name) throws AutopsyException {
    return number("NUMBER(" + name + ")", 10);
  }

  /** The same, or that value if the kernel does not say it. */
  long numberOr(String name, long missing) throws AutopsyException {
    return has("NUMBER(" + name + ")") ? number(name) : missing;
  }

  /** A structure's size, within bounds. */
  int size(String name, int least, int most) throws AutopsyException {
    return within("SIZE(" + name + ")", least, most);
  }

  /** A field's offset, so that {@code bytes} of it fit into a structure of {@code size}. */
  int offset(String name, int bytes, int size) throws AutopsyException {
    return within("OFFSET(" + name + ")", 0, size - bytes);
  }

  private int within(String name, int least, int most) throws AutopsyException {
    long value = number(name, 10);
    if (value < least || value > most) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE,
          "the kernel's %s=%d is not within %d and %d".formatted(name, value, least, most));
    }
    return (int) value;
  }

  private long number(String name, int radix) throws AutopsyException {
    @Nullable String value = values.get(name);
    if (value == null) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE, "the kernel's note does not say " + name);
    }
    try {
      return radix == 16 ? Long.parseUnsignedLong(value, 16) : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE,
          "the kernel's note says %s=%s".formatted(name, Printable.of(value)));
    }
  }
}
