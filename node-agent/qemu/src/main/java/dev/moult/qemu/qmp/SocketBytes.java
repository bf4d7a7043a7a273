package dev.moult.qemu.qmp;

import dev.moult.linux.Deadline;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What a peer sends over a socket, as a channel to read from. Descriptors that it sends are closed
 * and end it. It ends when the socket is shut down; closing is the socket's owner's.
 */
final class SocketBytes implements ReadableByteChannel {
  /** Memory of one read, whatever room the reader has. */
  private static final int MOST = 64 * 1024;

  private final UnixSocket socket;

  SocketBytes(UnixSocket socket) {
    this.socket = socket;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int most = Math.min(into.remaining(), MOST);
    try (Received received = socket.receive(most, Deadline.never())) {
      if (received.isEnd()) {
        return -1;
      }
      into.put(received.data());
      return received.data().length;
    }
  }

  @Override
  public boolean isOpen() {
    return socket.fd().isOpen();
  }

  @Override
  public void close() {
    // the owner's
  }
}
