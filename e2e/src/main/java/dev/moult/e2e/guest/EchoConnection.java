package dev.moult.e2e.guest;

import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/** One TCP connection to the guest that stays open across whatever happens to its QEMU. */
public final class EchoConnection implements AutoCloseable {
  private final Socket socket;

  EchoConnection(Socket socket) {
    this.socket = socket;
  }

  /**
   * Sends random bytes and reads them back.
   *
   * @return whether what came back is what was sent; an {@link IOException} says that the
   *     connection broke
   */
  public boolean echoes() throws IOException {
    var message = new byte[512];
    ThreadLocalRandom.current().nextBytes(message);
    socket.getOutputStream().write(message);
    return Arrays.equals(socket.getInputStream().readNBytes(message.length), message);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
