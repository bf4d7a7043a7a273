package dev.moult.wire;

import dev.moult.linux.Fd;
import dev.moult.linux.socket.Received;
import java.util.List;

/**
 * A message that came, with its descriptors. It owns them until they are taken; closing it closes
 * those that nobody took.
 */
public final class Incoming implements AutoCloseable {
  private final Message message;
  private final Received received;

  Incoming(Message message, Received received) {
    this.message = message;
    this.received = received;
  }

  /** The message. */
  public Message message() {
    return message;
  }

  /** The descriptors that came with it, borrowed. */
  public List<Fd> descriptors() {
    return received.descriptors();
  }

  /** The descriptors, in the sender's order, now owned by the caller. */
  public List<Fd> takeDescriptors() {
    return received.takeDescriptors();
  }

  @Override
  public void close() {
    received.close();
  }
}
