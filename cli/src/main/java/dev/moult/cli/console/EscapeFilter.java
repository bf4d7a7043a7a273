package dev.moult.cli.console;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a guest prints, without what a hostile one could do to a terminal by it. Text in UTF-8
 * passes, and of the escape sequences those of {@link EscapeRules}, each whole or not at all;
 * commands to the operating system (OSC), device strings (DCS), and the like (SOS, PM, APC) are
 * dropped with their contents. Control characters of eight bits are taken as a terminal would, also
 * where they are written in UTF-8. Bytes may come in chunks of any size.
 *
 * <p>The states are those of a DEC terminal, <a
 * href="https://vt100.net/emu/dec_ansi_parser">vt100.net/emu/dec_ansi_parser</a>.
 */
final class EscapeFilter {
  /** A sequence that is longer is dropped. */
  private static final int LONGEST_SEQUENCE = 128;

  /** A string that does not end is given up after so many bytes, and what follows is shown. */
  private static final int LONGEST_STRING = 4096;

  private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);
  private static final int CANCEL = 0x18;
  private static final int SUBSTITUTE = 0x1a;
  private static final int ESC = 0x1b;
  private static final int DELETE = 0x7f;
  private static final int BELL = 0x07;

  /** BEL, BS, HT, LF, VT, FF, CR, SO, SI: what moves within the text, rings, or shifts its set. */
  private static final int FIRST_PLAIN_CONTROL = 0x07;

  private static final int LAST_PLAIN_CONTROL = 0x0f;

  private enum State {
    GROUND,
    ESCAPE,
    ESCAPE_INTERMEDIATE,
    CONTROL,
    CONTROL_IGNORED,
    STRING,
    STRING_ESCAPE
  }

  private final Utf8 utf8 = new Utf8();
  private final StringBuilder sequence = new StringBuilder();
  private State state = State.GROUND;
  private int length;

  /** What passes of the next bytes, and of what was held back before them. */
  byte[] filter(byte[] bytes, int offset, int count) {
    var out = new ByteArrayOutputStream(count);
    for (int i = offset; i < offset + count; i++) {
      utf8.next(bytes[i] & 0xff, c -> character(c, out));
    }
    return out.toByteArray();
  }

  /** A character, or {@link Utf8#NONE}. */
  private void character(int c, ByteArrayOutputStream out) {
    if (c == CANCEL || c == SUBSTITUTE) {
      state = State.GROUND;
    } else if (c >= 0x80 && c < 0xa0) {
      eightBitControl(c);
    } else if (c == ESC) {
      state = state == State.STRING ? State.STRING_ESCAPE : begin(State.ESCAPE);
    } else {
      switch (state) {
        case GROUND -> ground(c, out);
        case ESCAPE -> escape(c, out);
        case ESCAPE_INTERMEDIATE -> escapeIntermediate(c, out);
        case CONTROL -> control(c, out);
        case CONTROL_IGNORED -> controlIgnored(c, out);
        case STRING -> string(c);
        case STRING_ESCAPE -> stringEscape(c, out);
      }
    }
  }

  private State begin(State next) {
    sequence.setLength(0);
    length = 0;
    return next;
  }

  /** ESC and a letter as one character: CSI, the openers of strings, their end; no other passes. */
  private void eightBitControl(int c) {
    state =
        switch (c) {
          case 0x9b -> begin(State.CONTROL);
          case 0x90, 0x98, 0x9d, 0x9e, 0x9f -> begin(State.STRING);
          default -> State.GROUND;
        };
  }

  private static void ground(int c, ByteArrayOutputStream out) {
    if (c < 0) {
      out.writeBytes(REPLACEMENT);
    } else if (c < 0x20 ? plainControl(c) : c != DELETE) {
      out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static boolean plainControl(int c) {
    return c >= FIRST_PLAIN_CONTROL && c <= LAST_PLAIN_CONTROL;
  }

  private void escape(int c, ByteArrayOutputStream out) {
    if (withinSequence(c, out)) {
      return;
    }
    switch (c) {
      case '[' -> state = begin(State.CONTROL);
      case ']', 'P', 'X', '^', '_' -> state = begin(State.STRING);
      default -> {
        if (isIntermediate(c)) {
          sequence.append((char) c);
          state = State.ESCAPE_INTERMEDIATE;
        } else {
          state = State.GROUND;
          if (EscapeRules.escape(c)) {
            emit("" + (char) c, out);
          }
        }
      }
    }
  }

  private void escapeIntermediate(int c, ByteArrayOutputStream out) {
    if (withinSequence(c, out)) {
      return;
    }
    if (isIntermediate(c)) {
      append(c, State.ESCAPE_INTERMEDIATE);
      return;
    }
    state = State.GROUND;
    if (length <= LONGEST_SEQUENCE && EscapeRules.escape(sequence.toString(), c)) {
      emit(sequence.toString() + (char) c, out);
    }
  }

  private void control(int c, ByteArrayOutputStream out) {
    if (withinSequence(c, out)) {
      return;
    }
    if (c >= 0x40) {
      state = State.GROUND;
      String passes = EscapeRules.control(sequence.toString(), (char) c);
      if (!passes.isEmpty()) {
        emit("[" + passes, out);
      }
    } else {
      append(c, State.CONTROL_IGNORED);
    }
  }

  private void controlIgnored(int c, ByteArrayOutputStream out) {
    if (!withinSequence(c, out) && c >= 0x40) {
      state = State.GROUND;
    }
  }

  /**
   * What a terminal obeys in the midst of a sequence (controls), passes over (DEL), or takes for
   * its end because it belongs to none (whatever is not ASCII).
   */
  private boolean withinSequence(int c, ByteArrayOutputStream out) {
    if (c < 0 || c > DELETE) {
      state = State.GROUND;
      ground(c, out);
      return true;
    }
    if (c < 0x20) {
      ground(c, out);
      return true;
    }
    return c == DELETE;
  }

  private void append(int c, State whenTooLong) {
    if (++length > LONGEST_SEQUENCE) {
      state = whenTooLong;
    } else {
      sequence.append((char) c);
    }
  }

  private void string(int c) {
    if (c == BELL || ++length > LONGEST_STRING) {
      state = State.GROUND;
    }
  }

  /** ESC \ ends a string; ESC and anything else ends it too, and begins another sequence. */
  private void stringEscape(int c, ByteArrayOutputStream out) {
    if (c == '\\') {
      state = State.GROUND;
    } else {
      state = begin(State.ESCAPE);
      escape(c, out);
    }
  }

  private static boolean isIntermediate(int c) {
    return c >= 0x20 && c < 0x30;
  }

  private static void emit(String afterEscape, ByteArrayOutputStream out) {
    out.write(ESC);
    out.writeBytes(afterEscape.getBytes(StandardCharsets.US_ASCII));
  }
}
