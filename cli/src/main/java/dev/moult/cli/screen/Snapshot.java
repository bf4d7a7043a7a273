package dev.moult.cli.screen;

import dev.moult.cli.output.Printable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Takes one picture of a screen: the least of a client of RFB 3.8 (RFC 6143), without a password,
 * in the one encoding that needs no decoder. It looks on beside other viewers. Every length is
 * checked before it is used; how long it may take is the caller's to bound.
 */
final class Snapshot {
  private static final String VERSION = "RFB 003.008\n";
  private static final int NO_PASSWORD = 1; // RFC 6143, 7.1.2
  private static final int SHARED = 1;
  private static final int RAW = 0;
  private static final int DESKTOP_SIZE = -223; // RFC 6143, 7.8.2
  private static final int MOST_TEXT = 4096;
  private static final int MOST_CUT_TEXT = 1 << 20;

  /** A guest that starts changes its screen's size a few times. */
  private static final int MOST_SIZES = 16;

  /** 32 bits, 24 of them colour, most significant byte first: 0, red, green, blue. */
  private static final byte[] PIXEL_FORMAT = {
    32, 24, 1, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 16, 8, 0, 0, 0, 0
  };

  private final DataInputStream in;
  private final DataOutputStream out;
  private Picture picture;
  private int sizes;

  private Snapshot(DataInputStream in, DataOutputStream out, Picture picture) {
    this.in = in;
    this.out = out;
    this.picture = picture;
  }

  /**
   * Greets, asks for the whole screen and waits until each pixel has come.
   *
   * @throws ScreenException if the other side does not keep to the protocol
   * @throws EOFException if it hangs up
   */
  static Picture take(InputStream from, OutputStream to) throws IOException {
    var in = new DataInputStream(from);
    var out = new DataOutputStream(to);
    greet(in, out);
    var picture = new Picture(in.readUnsignedShort(), in.readUnsignedShort());
    in.skipNBytes(PIXEL_FORMAT.length);
    skipText(in, MOST_TEXT); // its name
    var snapshot = new Snapshot(in, out, picture);
    snapshot.begin();
    while (!snapshot.picture.isComplete()) {
      snapshot.message();
    }
    return snapshot.picture;
  }

  private static void greet(DataInputStream in, DataOutputStream out) throws IOException {
    var version = new String(in.readNBytes(VERSION.length()), StandardCharsets.US_ASCII);
    if (version.isEmpty()) {
      throw new EOFException("nobody speaks");
    }
    if (!version.equals(VERSION)) {
      throw new ScreenException("it speaks " + Printable.of(version) + " and not RFB 3.8");
    }
    out.write(VERSION.getBytes(StandardCharsets.US_ASCII));
    out.flush();
    int count = in.readUnsignedByte();
    if (count == 0) {
      throw new ScreenException("it refuses: " + text(in));
    }
    byte[] offered = new byte[count];
    in.readFully(offered);
    if (new String(offered, StandardCharsets.ISO_8859_1).indexOf(NO_PASSWORD) < 0) {
      throw new ScreenException("it wants a password");
    }
    out.writeByte(NO_PASSWORD);
    out.flush();
    if (in.readInt() != 0) {
      throw new ScreenException("it refuses: " + text(in));
    }
    out.writeByte(SHARED);
    out.flush();
  }

  private void begin() throws IOException {
    out.writeInt(0); // SetPixelFormat and padding
    out.write(PIXEL_FORMAT);
    out.writeByte(2); // SetEncodings
    out.writeByte(0);
    out.writeShort(2);
    out.writeInt(RAW);
    out.writeInt(DESKTOP_SIZE);
    ask();
  }

  private void ask() throws IOException {
    out.writeByte(3); // FramebufferUpdateRequest
    out.writeByte(0); // all, and not what has changed
    out.writeInt(0);
    out.writeShort(picture.width());
    out.writeShort(picture.height());
    out.flush();
  }

  private void message() throws IOException {
    int type = in.readUnsignedByte();
    switch (type) {
      case 0 -> update();
      case 1 -> { // SetColourMapEntries
        in.skipNBytes(3);
        in.skipNBytes(6L * in.readUnsignedShort());
      }
      case 2 -> {} // Bell
      case 3 -> { // ServerCutText
        in.skipNBytes(3);
        skipText(in, MOST_CUT_TEXT);
      }
      default -> throw new ScreenException("a message of type " + type);
    }
  }

  private void update() throws IOException {
    in.skipNBytes(1);
    boolean resized = false;
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      int x = in.readUnsignedShort();
      int y = in.readUnsignedShort();
      int width = in.readUnsignedShort();
      int height = in.readUnsignedShort();
      int encoding = in.readInt();
      if (encoding == RAW) {
        picture.paint(x, y, width, height, in);
      } else if (encoding == DESKTOP_SIZE) {
        if (++sizes > MOST_SIZES) {
          throw new ScreenException("its size changes all the time");
        }
        picture = new Picture(width, height);
        resized = true;
      } else {
        throw new ScreenException("encoding " + encoding + ", which was not asked for");
      }
    }
    if (resized) {
      ask();
    }
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MOST_TEXT) {
      throw new ScreenException("a text of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return Printable.of(new String(bytes, StandardCharsets.UTF_8));
  }

  private static void skipText(DataInputStream in, int most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw new ScreenException("a text of " + Integer.toUnsignedString(length) + " bytes");
    }
    in.skipNBytes(length);
  }
}
