package dev.moult.wire;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A seqpacket connection that carries messages. Sending is safe from several threads; one thread
 * receives. {@link #hangUp} from any thread ends the waits of both.
 */
public final class WireSocket implements AutoCloseable {
  private final UnixSocket socket;
  private final Object life = new Object();

  private WireSocket(UnixSocket socket) {
    this.socket = socket;
  }

  /** Adopts a connected seqpacket socket. */
  public static WireSocket adopt(UnixSocket socket) {
    return new WireSocket(socket);
  }

  /**
   * Connects to a path of our own.
   *
   * @throws LinuxException ENOENT, ECONNREFUSED (nobody listens), ETIMEDOUT
   */
  public static WireSocket connect(String path, Deadline deadline) throws LinuxException {
    return new WireSocket(UnixSocket.connect(UnixSocket.Type.SEQPACKET, path, deadline));
  }

  /** Sends a message without descriptors. */
  public void send(Message message, Deadline deadline) throws IOException {
    send(message, List.of(), deadline);
  }

  /**
   * Sends a message with descriptors (borrowed).
   *
   * @throws WireException when the message is larger than a packet
   * @throws LinuxException EPIPE when the peer is gone; ETIMEDOUT
   */
  public void send(Message message, List<Fd> descriptors, Deadline deadline) throws IOException {
    if (descriptors.size() > Limits.PLAN_DESCRIPTORS) {
      throw new WireException(descriptors.size() + " descriptors with one message");
    }
    byte[] packet = Codec.encode(message);
    synchronized (this) {
      socket.send(packet, descriptors, deadline);
    }
  }

  /**
   * Waits for the next message.
   *
   * @return the message, owned by the caller; null when the peer has hung up
   * @throws WireException when the packet is none, after which the connection is to be closed
   * @throws LinuxException ETIMEDOUT; EMSGSIZE when packet or descriptors exceed the limits
   */
  public @Nullable Incoming receive(Deadline deadline) throws IOException {
    return receive(Limits.DESCRIPTORS, deadline);
  }

  /** As {@link #receive}, from the broker, whose plans have more descriptors. */
  public @Nullable Incoming receivePlan(Deadline deadline) throws IOException {
    return receive(Limits.PLAN_DESCRIPTORS, deadline);
  }

  private @Nullable Incoming receive(int mostDescriptors, Deadline deadline) throws IOException {
    Received received = socket.receive(Limits.MESSAGE_BYTES, mostDescriptors, deadline);
    try {
      if (received.isEnd()) {
        return null;
      }
      return new Incoming(Codec.decode(ByteBuffer.wrap(received.data())), received);
    } catch (WireException | RuntimeException e) {
      received.close();
      throw e;
    }
  }

  /** Ends both directions: whoever waits on either end sees the end of the connection. */
  public void hangUp() {
    synchronized (life) {
      try {
        if (socket.fd().isOpen()) {
          socket.shutdown(UnixSocket.Half.BOTH);
        }
      } catch (LinuxException e) {
        // The connection is ended either way: there is nothing left to hang up.
      }
    }
  }

  /** The connection underneath, borrowed: for its descriptor and its peer. */
  public UnixSocket socket() {
    return socket;
  }

  /**
   * Hangs up, waits for a send under way and closes. The receiving thread is to be gone by then.
   */
  @Override
  public void close() {
    hangUp();
    synchronized (this) {
      synchronized (life) {
        socket.close();
      }
    }
  }
}
