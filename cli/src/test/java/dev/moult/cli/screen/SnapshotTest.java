package dev.moult.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SnapshotTest {
  private static final int RED = 0xcc0000;
  private static final int GREEN = 0x00cc00;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @Test
  void aPictureIsPutTogetherFromItsRectangles() throws IOException {
    Picture picture =
        take(
            Spoken.hello(2, 2)
                .bytes(2) // a bell
                .bytes(3, 0, 0, 0)
                .text("clipboard")
                .update(1)
                .rectangle(0, 0, 2, 1, Spoken.RAW)
                .pixels(2, RED)
                .bytes(1, 0, 0, 0)
                .shorts(1, 7, 7, 7) // a colour map of one colour
                .update(1)
                .rectangle(0, 1, 2, 1, Spoken.RAW)
                .pixels(2, GREEN));

    assertThat(picture.pixels()).containsExactly(RED, RED, GREEN, GREEN);
    assertThat(HexFormat.of().formatHex(said.toByteArray()))
        .isEqualTo(
            HexFormat.of()
                    .formatHex("RFB 003.008\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                + "01" // without a password
                + "01" // shared
                + "00000000"
                + "20180101"
                + "00ff00ff00ff"
                + "100800"
                + "000000"
                + "02000002"
                + "00000000"
                + "ffffff21"
                + "0300"
                + "00000000"
                + "00020002");
  }

  @Test
  void aPictureIsWrittenAsPng() throws IOException {
    Picture picture =
        take(Spoken.hello(1, 1).update(1).rectangle(0, 0, 1, 1, Spoken.RAW).pixels(1, RED));
    var png = new ByteArrayOutputStream();

    picture.write(png);

    var read = ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
    assertThat(read.getRGB(0, 0) & 0xffffff).isEqualTo(RED);
  }

  @Test
  void aScreenThatChangesItsSizeIsAskedForAgain() throws IOException {
    Picture picture =
        take(
            Spoken.hello(1, 1)
                .update(1)
                .rectangle(0, 0, 2, 1, Spoken.DESKTOP_SIZE)
                .update(1)
                .rectangle(0, 0, 2, 1, Spoken.RAW)
                .pixels(2, GREEN));

    assertThat(picture.width()).isEqualTo(2);
    assertThat(HexFormat.of().formatHex(said.toByteArray()))
        .endsWith("03000000000000010001" + "03000000000000020001");
  }

  static Stream<Arguments> malformed() {
    var endless = Spoken.hello(1, 1).update(17);
    for (int i = 0; i < 17; i++) {
      endless = endless.rectangle(0, 0, 1, 1, Spoken.DESKTOP_SIZE);
    }
    return Stream.of(
        Arguments.of("another protocol", new Spoken().version("SSH-2.0-Open"), "SSH-2.0-Open"),
        Arguments.of("an older one", new Spoken().version("RFB 003.003\n"), "RFB 003.003"),
        Arguments.of(
            "no way in",
            new Spoken().version("RFB 003.008\n").bytes(0).text("go\u001b[2J away"),
            "go\u00b7[2J away"),
        Arguments.of(
            "a reason without end",
            new Spoken().version("RFB 003.008\n").bytes(0).number(-1),
            "a text of 4294967295 bytes"),
        Arguments.of("a password", new Spoken().version("RFB 003.008\n").bytes(1, 2), "password"),
        Arguments.of(
            "a refusal",
            new Spoken().version("RFB 003.008\n").bytes(1, 1).number(1).text("full"),
            "it refuses: full"),
        Arguments.of("no pixel", Spoken.hello(0, 1), "0x1"),
        Arguments.of("too wide", Spoken.hello(8193, 1), "8193x1"),
        Arguments.of("too large", Spoken.hello(8192, 8192), "too large"),
        Arguments.of(
            "a name without end",
            new Spoken()
                .version("RFB 003.008\n")
                .bytes(1, 1)
                .number(0)
                .shorts(1, 1)
                .bytes(new int[16])
                .number(4097),
            "4097 bytes"),
        Arguments.of(
            "outside",
            Spoken.hello(2, 2).update(1).rectangle(1, 1, 2, 1, Spoken.RAW),
            "2x1 pixels at 1,1 of a screen of 2x2"),
        Arguments.of(
            "far outside",
            Spoken.hello(2, 2).update(1).rectangle(65535, 65535, 65535, 65535, Spoken.RAW),
            "65535x65535 pixels"),
        Arguments.of(
            "what was not asked for",
            Spoken.hello(2, 2).update(1).rectangle(0, 0, 2, 2, 16),
            "encoding 16"),
        Arguments.of("no message", Spoken.hello(2, 2).bytes(200), "type 200"),
        Arguments.of(
            "a clipboard without end",
            Spoken.hello(2, 2).bytes(3, 0, 0, 0).number(1 << 30),
            "1073741824 bytes"),
        Arguments.of("sizes without end", endless, "all the time"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void whatBreaksTheProtocolIsNamed(String what, Spoken spoken, String words) {
    assertThatThrownBy(() -> take(spoken))
        .as(what)
        .isInstanceOf(ScreenException.class)
        .hasMessageContaining(words);
  }

  @Test
  void whoeverHangsUpIsNotWaitedFor() {
    byte[] whole =
        Spoken.hello(2, 2).update(1).rectangle(0, 0, 2, 2, Spoken.RAW).pixels(4, RED).all();
    for (int length = 0; length < whole.length; length++) {
      var part = new ByteArrayInputStream(whole, 0, length);

      assertThatThrownBy(() -> Snapshot.take(part, said))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(IOException.class)
          .satisfiesAnyOf(
              e -> assertThat(e).isInstanceOf(EOFException.class),
              e -> assertThat(e).isInstanceOf(ScreenException.class));
    }
  }

  private Picture take(Spoken spoken) throws IOException {
    return Snapshot.take(spoken.stream(), said);
  }
}
