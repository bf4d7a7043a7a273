package dev.moult.linux.socket;

import dev.moult.linux.Fd;
import java.util.List;

/**
 * What one receive brought. It owns the descriptors until {@link #takeDescriptors()} gives them to
 * the caller; closing it closes those that nobody took.
 */
public final class Received implements AutoCloseable {
  private final byte[] data;
  private List<Fd> descriptors;

  Received(byte[] data, List<Fd> descriptors) {
    this.data = data;
    this.descriptors = descriptors;
  }

  /** The bytes: a whole message (seqpacket), or what was there (stream). */
  public byte[] data() {
    return data;
  }

  /**
   * The other side has shut down and everything was read. (An empty seqpacket message looks the
   * same: do not send any.)
   */
  public boolean isEnd() {
    return data.length == 0 && descriptors.isEmpty();
  }

  /** The descriptors, borrowed: for looking at them before they are taken. */
  public List<Fd> descriptors() {
    return descriptors;
  }

  /** The descriptors, in the sender's order, now owned by the caller. */
  public List<Fd> takeDescriptors() {
    List<Fd> taken = descriptors;
    descriptors = List.of();
    return taken;
  }

  @Override
  public void close() {
    Fd.closeAll(takeDescriptors());
  }
}
