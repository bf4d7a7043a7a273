package dev.moult.cli.screen;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What a VNC server says, piece by piece. */
final class Spoken {
  static final int RAW = 0;
  static final int DESKTOP_SIZE = -223;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  /** The greeting of a server without a password, whose screen has that size. */
  static Spoken hello(int width, int height) {
    return new Spoken().version("RFB 003.008\n").bytes(1, 1).number(0).screen(width, height);
  }

  Spoken version(String version) {
    return write(() -> out.write(version.getBytes(StandardCharsets.US_ASCII)));
  }

  Spoken bytes(int... values) {
    return write(() -> {
      for (int value : values) {
        out.writeByte(value);
      }
    });
  }

  Spoken shorts(int... values) {
    return write(() -> {
      for (int value : values) {
        out.writeShort(value);
      }
    });
  }

  Spoken number(int value) {
    return write(() -> out.writeInt(value));
  }

  Spoken text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return number(utf8.length).write(() -> out.write(utf8));
  }

  Spoken screen(int width, int height) {
    return shorts(width, height).write(() -> out.write(new byte[16])).text("QEMU (web)");
  }

  Spoken update(int rectangles) {
    return bytes(0, 0).shorts(rectangles);
  }

  Spoken rectangle(int x, int y, int width, int height, int encoding) {
    return shorts(x, y, width, height).number(encoding);
  }

  Spoken pixels(int count, int rgb) {
    for (int i = 0; i < count; i++) {
      var unused = number(rgb);
    }
    return this;
  }

  InputStream stream() {
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  byte[] all() {
    return bytes.toByteArray();
  }

  private interface Piece {
    void write() throws IOException;
  }

  private Spoken write(Piece piece) {
    try {
      piece.write();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
