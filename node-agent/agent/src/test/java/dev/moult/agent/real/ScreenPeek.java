package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The least of a VNC client (RFC 6143): sees how many pixels of a screen are not black. */
final class ScreenPeek implements Closeable {
  private static final int SOON_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int width;
  private int height;

  /** Over a connection, owned from now on. */
  ScreenPeek(SocketChannel connection) throws IOException {
    socket = connection.socket();
    socket.setSoTimeout(SOON_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** Whether whoever is there begins to speak; false when it hangs up. */
  boolean isGreeted() throws IOException {
    byte[] version = in.readNBytes(12);
    return new String(version, StandardCharsets.US_ASCII).equals("RFB 003.008\n");
  }

  /** Says who we are, shared with others. */
  void begin() throws IOException {
    assertThat(isGreeted()).isTrue();
    out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
    byte[] offered = in.readNBytes(in.readUnsignedByte());
    assertThat(offered).as("ways to prove who one is").contains(1);
    out.writeByte(1);
    assertThat(in.readInt()).as("refused").isZero();
    out.writeByte(1);
    width = in.readUnsignedShort();
    height = in.readUnsignedShort();
    in.skipNBytes(16);
    in.skipNBytes(in.readInt());
    out.write(
        new byte[] {0, 0, 0, 0, 32, 24, 1, 1, 0, -1, 0, -1, 0, -1, 16, 8, 0, 0, 0, 0}); // 0RGB
    out.write(new byte[] {2, 0, 0, 1, 0, 0, 0, 0}); // raw alone
  }

  /** How many pixels of the whole screen are not black now. */
  int lit() throws IOException {
    out.write(
        ByteBuffer.allocate(10)
            .put((byte) 3)
            .put((byte) 0)
            .putInt(0)
            .putShort((short) width)
            .putShort((short) height)
            .array());
    int lit = 0;
    int left = width * height;
    while (left > 0) {
      assertThat(in.readUnsignedByte()).as("a framebuffer update").isZero();
      in.skipNBytes(1);
      for (int rectangles = in.readUnsignedShort(); rectangles > 0; rectangles--) {
        in.skipNBytes(4);
        int pixels = in.readUnsignedShort() * in.readUnsignedShort();
        assertThat(in.readInt()).as("encoding").isZero();
        left -= pixels;
        for (; pixels > 0; pixels--) {
          lit += (in.readInt() & 0xffffff) == 0 ? 0 : 1;
        }
      }
    }
    return lit;
  }

  /** Waits until the other side hangs up. */
  void awaitEnd() throws IOException {
    try {
      in.skipNBytes(Long.MAX_VALUE);
    } catch (java.io.EOFException | java.net.SocketException e) {
      return;
    }
    throw new AssertionError("it goes on");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
