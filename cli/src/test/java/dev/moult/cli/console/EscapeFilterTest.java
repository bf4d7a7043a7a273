package dev.moult.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EscapeFilterTest {
  /**
   * All that may ever come out, written down anew and not by the filter's own rules: text, plain
   * controls, and whole sequences.
   */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "(?:[\\x07-\\x0f\\x20-\\x7e\\x{a0}-\\x{d7ff}\\x{e000}-\\x{10ffff}]"
              + "|\\x1b[78DEHMc=>]"
              + "|\\x1b[()][AB0]"
              + "|\\x1b\\[[0-9;]*[@A-MPSTXZ`abdefgrsu]"
              + "|\\x1b\\[[0-9;:]*m"
              + "|\\x1b\\[4[hl]"
              + "|\\x1b\\[\\?(?:(?:1|5|6|7|12|25|47|1047|1048|1049|2004)(?:;(?=[0-9]))?)+[hl])*");

  /** Of each kind one byte, and each that has a meaning of its own. */
  private static final byte[] ALPHABET = {
    0x00,
    0x05,
    0x07,
    0x0d,
    0x18,
    0x1b,
    ' ',
    '!',
    '(',
    '0',
    '4',
    ';',
    ':',
    '?',
    '>',
    'A',
    'P',
    'X',
    '[',
    '\\',
    ']',
    '^',
    '_',
    'c',
    'h',
    'm',
    'n',
    't',
    0x7f,
    (byte) 0x84,
    (byte) 0x90,
    (byte) 0x9b,
    (byte) 0x9c,
    (byte) 0xa9,
    (byte) 0xc2,
    (byte) 0xc3,
    (byte) 0xe2,
    (byte) 0xf0,
    (byte) 0xff
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "login: \r\n",
        "\tz\u00fcrich \u20ac \ud83d\ude00",
        "\u001b[1;31mred\u001b[0m \u001b[38;2;1;2;3m \u001b[38:5:7m \u001b[m",
        "\u001b[H\u001b[2J\u001b[10;20H\u001b[3A\u001b[K\u001b[1;24r",
        "\u001b7\u001b[?1049h\u001b[?25l\u001b[?1h\u001b=\u001b(0lqk\u001b(B\u001b>\u001b8",
        "\u001b[4h\u001b[4l\u001b[?2004h"
      })
  void whatALoginNeedsPasses(String text) {
    assertThat(filter(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\0',
      value = {
        // sets the title, the clipboard, a colour, a link: to BEL, ST, ST in one byte, in UTF-8
        "\\e]0;title\\a,",
        "\\e]52;c;ZWNobyBoaQ==\\e\\\\,",
        "\\e]4;1;?\\x9c,",
        "\\e]8;;http://x\\xc2\\x9c,",
        "\\x9d0;title\\a,",
        "\\xc2\\x9d0;title\\a,",
        // DCS, SOS, PM, APC
        "\\eP$q\"p\\e\\\\,",
        "\\x90+q544e\\x9c,",
        "\\eXstring\\e\\\\,",
        "\\e^private\\e\\\\,",
        "\\e_Ga=T\\e\\\\,",
        // answerback, identity, cursor report, mode report, parameters, colours' report
        "\\x05,",
        "\\eZ,",
        "\\e[c,",
        "\\e[>c,",
        "\\e[6n,",
        "\\e[?6n,",
        "\\e[?1$p,",
        "\\e[x,",
        // window, printer, keys, mouse, focus, cursor's style, leds, soft reset, 132 columns
        "\\e[21t,",
        "\\e[8;1;1t,",
        "\\e[5i,",
        "\\e[?4i,",
        "\\e[>4;2m,",
        "\\e[>1u,",
        "\\e[?1000h,",
        "\\e[?1003;1006h,",
        "\\e[?1004h,",
        "\\e[1;1;1;1;1T,",
        "\\e[2 q,",
        "\\e[1q,",
        "\\e[!p,",
        "\\e[?3h,",
        "\\e[20h,",
        "\\e#8,",
        "\\e%G,",
        "\\eN,",
        // of several modes those that pass
        "\\e[?25;1000;7h,\\e[?25;7h",
        // eight-bit introducers: as a terminal would take them, and out in seven
        "\\x9b31m,\\e[31m",
        "\\xc2\\x9b6n,",
        "\\x84x,x",
        // a string is ended by another sequence, by CAN, by SUB
        "\\e]0;t\\e[31mred,\\e[31mred",
        "\\e]0;t\\x18red,red",
        "\\ePt\\x1ared,red",
        // controls within a sequence are obeyed, DEL is not there
        "\\e[3\\r1m,\\r\\e[31m",
        "\\e[3\\x7f1m,\\e[31m",
        // what is no sequence is not held back
        "\\e\\xc3\\xa9,\\xc3\\xa9",
        "\\e[\\xc3\\xa9,\\xc3\\xa9",
        // not UTF-8: overlong, a surrogate, cut off, beyond the last
        "\\xc0\\x9b31m,\\xef\\xbf\\xbd\\e[31m",
        "\\xe0\\x82\\x9b6n,\\xef\\xbf\\xbd6n",
        "\\xed\\xa0\\x80,\\xef\\xbf\\xbd",
        "\\xe2\\x82x,\\xef\\xbf\\xbdx",
        "\\xf4\\x90\\x80\\x80,\\xef\\xbf\\xbd",
        "\\xff,\\xef\\xbf\\xbd"
      })
  void whatWouldMakeATerminalActOrAnswerIsDropped(String guest, String passes) {
    assertThat(filter(bytes(guest))).isEqualTo(bytes(passes == null ? "" : passes));
  }

  /**
   * Each string of two bytes of all 256; and after each introducer, of three that mean something.
   */
  @Test
  void nothingElseEverComesOutOfShortInputs() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertHarmless("", all, 2);
    for (String introducer :
        new String[] {"", "\\e", "\\e[", "\\e[?", "\\e]", "\\eP", "\\x9b", "\\e("}) {
      assertHarmless(introducer, ALPHABET, 3);
    }
  }

  /** Each final byte after each prefix and each intermediate. */
  @Test
  void nothingElseEverComesOutOfAnyControlSequence() {
    for (String prefix : new String[] {"", "?", ">", "<", "="}) {
      for (String numbers :
          new String[] {"", "1", "4", "25", "1049", "1;2", "1:2", ";", "99999999"}) {
        for (int intermediate = 0x1f; intermediate < 0x30; intermediate++) {
          for (int last = 0x40; last < 0x7f; last++) {
            String body = prefix + numbers + (intermediate < 0x20 ? "" : (char) intermediate);
            assertHarmless(
                filter(("\u001b[" + body + (char) last).getBytes(StandardCharsets.US_ASCII)));
          }
        }
      }
    }
  }

  @Test
  void chunksOfAnySizeGiveTheSame() {
    var random = new Random(5);
    for (int run = 0; run < 3_000; run++) {
      byte[] input = new byte[1 + random.nextInt(60)];
      for (int i = 0; i < input.length; i++) {
        input[i] = ALPHABET[random.nextInt(ALPHABET.length)];
      }
      byte[] whole = filter(input);

      assertHarmless(whole);
      assertThat(inChunks(input, random)).isEqualTo(whole);
    }
  }

  @Test
  void aStringWithoutAnEndDoesNotHideTheConsoleForEver() {
    String passes = filter("\u001b]0;" + "x".repeat(5_000) + "\r\nlogin: ");

    assertThat(passes).endsWith("x\r\nlogin: ").hasSizeLessThan(1_000);
  }

  @Test
  void aSequenceWithoutAnEndIsDroppedToItsEnd() {
    assertThat(filter("\u001b[" + "1;".repeat(500) + "mlogin: ")).isEqualTo("login: ");
  }

  private static void assertHarmless(String introducer, byte[] alphabet, int longest) {
    byte[] begin = bytes(introducer);
    byte[] input = Arrays.copyOf(begin, begin.length + longest);
    int[] digits = new int[longest];
    do {
      for (int i = 0; i < longest; i++) {
        input[begin.length + i] = alphabet[digits[i]];
      }
      assertHarmless(filter(input));
    } while (counted(digits, alphabet.length));
  }

  private static boolean counted(int[] digits, int base) {
    for (int i = 0; i < digits.length; i++) {
      if (++digits[i] < base) {
        return true;
      }
      digits[i] = 0;
    }
    return false;
  }

  private static void assertHarmless(byte[] output) {
    var text = new String(output, StandardCharsets.UTF_8);
    if (!HARMLESS.matcher(text).matches()
        || !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), output)) {
      throw new AssertionError("not harmless: " + Arrays.toString(output));
    }
  }

  private static byte[] inChunks(byte[] input, Random random) {
    var filter = new EscapeFilter();
    var out = new ByteArrayOutputStream();
    for (int at = 0; at < input.length; ) {
      int count = 1 + random.nextInt(Math.min(3, input.length - at));
      out.writeBytes(filter.filter(input, at, count));
      at += count;
    }
    return out.toByteArray();
  }

  private static byte[] filter(byte[] guest) {
    return new EscapeFilter().filter(guest, 0, guest.length);
  }

  private static String filter(String guest) {
    return new String(filter(guest.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
  }

  /** Reads \e, \a, \r, \\ and \xNN. */
  private static byte[] bytes(String text) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.write(c);
        continue;
      }
      char escaped = text.charAt(++i);
      switch (escaped) {
        case 'e' -> out.write(0x1b);
        case 'a' -> out.write(0x07);
        case 'r' -> out.write('\r');
        case 'x' -> {
          out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
          i += 2;
        }
        default -> out.write(escaped);
      }
    }
    return out.toByteArray();
  }
}
