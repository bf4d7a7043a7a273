package dev.moult.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one level of a message, as a hostile peer may have written them: every length is
 * checked before anything is read or allocated, tags nobody asks for are skipped, and where a tag
 * that stands for one value comes twice the message is refused.
 */
final class Fields {
  private static final int HEAD = Short.BYTES + Integer.BYTES;
  private static final Pattern FURTHER_LINK = Pattern.compile("net[1-9][0-9]?");

  private final ByteBuffer in;
  private int[] tags = new int[16];
  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private int count;

  private Fields(ByteBuffer in) {
    this.in = in;
  }

  /** Makes a value of the fields inside a field. */
  interface Reader<T> {
    T read(Fields in) throws WireException;
  }

  /** The fields between two positions of a packet. */
  static Fields parse(ByteBuffer in, int from, int to) throws WireException {
    var fields = new Fields(in);
    int at = from;
    while (at < to) {
      if (to - at < HEAD) {
        throw new WireException("packet ends inside the head of a field");
      }
      int tag = Short.toUnsignedInt(in.getShort(at));
      int length = in.getInt(at + Short.BYTES);
      at += HEAD;
      if (length < 0 || length > to - at) {
        throw new WireException("field " + tag + " claims more bytes than the packet has");
      }
      fields.add(tag, at, at + length);
      at += length;
    }
    return fields;
  }

  private void add(int tag, int start, int end) throws WireException {
    if (count == Limits.FIELDS) {
      throw new WireException("more than " + Limits.FIELDS + " fields");
    }
    if (count == tags.length) {
      tags = Arrays.copyOf(tags, count * 2);
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    tags[count] = tag;
    starts[count] = start;
    ends[count++] = end;
  }

  boolean has(int tag) {
    for (int i = 0; i < count; i++) {
      if (tags[i] == tag) {
        return true;
      }
    }
    return false;
  }

  int integer(int tag) throws WireException {
    return in.getInt(starts[sized(tag, Integer.BYTES)]);
  }

  /** A count or an index: never negative. */
  int natural(int tag) throws WireException {
    int value = integer(tag);
    if (value < 0) {
      throw new WireException("field " + tag + " is negative");
    }
    return value;
  }

  /** Counts or indices, none negative. */
  List<Integer> naturals(int tag, int most) throws WireException {
    var all = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      if (tags[i] != tag) {
        continue;
      }
      if (all.size() == most || ends[i] - starts[i] != Integer.BYTES || in.getInt(starts[i]) < 0) {
        throw new WireException("field " + tag + " is not at most " + most + " natural numbers");
      }
      all.add(in.getInt(starts[i]));
    }
    return all;
  }

  long number(int tag) throws WireException {
    return in.getLong(starts[sized(tag, Long.BYTES)]);
  }

  boolean flag(int tag) throws WireException {
    return in.get(starts[sized(tag, 1)]) != 0;
  }

  String string(int tag) throws WireException {
    return text(one(tag));
  }

  @Nullable String optionalString(int tag) throws WireException {
    return has(tag) ? string(tag) : null;
  }

  /** A sentence of a peer for people to read: cut to its limit, nothing in it moves a cursor. */
  String sentence(int tag) throws WireException {
    return has(tag) ? printable(string(tag), Limits.SENTENCE) : "";
  }

  /** A version or another short word of a peer. */
  String word(int tag) throws WireException {
    return printable(string(tag), Limits.WORD);
  }

  private static String printable(String text, int most) {
    var clean = new StringBuilder(Math.min(text.length(), most));
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (i > most) {
        break; // never half a character: that could not be written again
      }
      clean.appendCodePoint(moves(c) ? ' ' : c);
    }
    return clean.toString();
  }

  /** Controls, formatting such as a change of direction, and ends of lines. */
  private static boolean moves(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }

  /**
   * A Kubernetes uid (or container id): it becomes part of a path, so it is nothing but lower-case
   * letters, digits and dashes, 1 to 64 of them.
   */
  String uid(int tag) throws WireException {
    String uid = string(tag);
    boolean fits = !uid.isEmpty() && uid.length() <= 64;
    for (int i = 0; fits && i < uid.length(); i++) {
      char c = uid.charAt(i);
      fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!fits) {
      throw new WireException("field " + tag + " is not a uid");
    }
    return uid;
  }

  /**
   * The name of a further link of an anchor: {@code net} and a number from 1. It becomes part of a
   * command, and is never that of the pod's own link or of one that we made.
   */
  String furtherLink(int tag) throws WireException {
    String name = string(tag);
    if (!FURTHER_LINK.matcher(name).matches()) {
      throw new WireException("field " + tag + " is not the name of a further link");
    }
    return name;
  }

  byte[] bytes(int tag) throws WireException {
    int i = one(tag);
    var value = new byte[ends[i] - starts[i]];
    in.get(starts[i], value);
    return value;
  }

  List<String> strings(int tag) throws WireException {
    var all = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      if (tags[i] == tag) {
        all.add(text(i));
      }
    }
    return all;
  }

  <T> T nested(int tag, Reader<T> reader) throws WireException {
    return inside(one(tag), reader);
  }

  <T> @Nullable T optional(int tag, Reader<T> reader) throws WireException {
    return has(tag) ? nested(tag, reader) : null;
  }

  <T> List<T> list(int tag, Reader<T> reader) throws WireException {
    return list(tag, Limits.FIELDS, reader);
  }

  <T> List<T> list(int tag, int most, Reader<T> reader) throws WireException {
    var all = new ArrayList<T>();
    for (int i = 0; i < count; i++) {
      if (tags[i] == tag) {
        if (all.size() == most) {
          throw new WireException("field " + tag + " comes more than " + most + " times");
        }
        all.add(inside(i, reader));
      }
    }
    return all;
  }

  private <T> T inside(int i, Reader<T> reader) throws WireException {
    return reader.read(parse(in, starts[i], ends[i]));
  }

  private int one(int tag) throws WireException {
    int found = -1;
    for (int i = 0; i < count; i++) {
      if (tags[i] == tag) {
        if (found >= 0) {
          throw new WireException("field " + tag + " comes twice");
        }
        found = i;
      }
    }
    if (found < 0) {
      throw new WireException("field " + tag + " is missing");
    }
    return found;
  }

  private int sized(int tag, int length) throws WireException {
    int i = one(tag);
    if (ends[i] - starts[i] != length) {
      throw new WireException("field " + tag + " is not " + length + " bytes long");
    }
    return i;
  }

  private String text(int i) throws WireException {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(in.slice(starts[i], ends[i] - starts[i]))
              .toString();
    } catch (CharacterCodingException e) {
      throw new WireException("field " + tags[i] + " is not UTF-8");
    }
    // Strings become paths and arguments of execve, where a NUL would silently end them.
    if (text.indexOf('\0') >= 0) {
      throw new WireException("field " + tags[i] + " holds a NUL");
    }
    return text;
  }
}
