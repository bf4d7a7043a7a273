package dev.moult.e2e.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * A UDP ping of the guest's echo service, a packet each two milliseconds, and the count of those
 * that were never answered. Bounded: it ends by itself after {@value #MAX_PACKETS} packets.
 */
public final class UdpPing implements AutoCloseable {
  /** The guest's UDP echo port. */
  public static final int PORT = 7777;

  private static final int MAX_PACKETS = 60_000;
  private static final long PERIOD_NANOS = 2_000_000;

  /** An answer that takes longer than this counts as lost. */
  private static final long GRACE_MILLIS = 1_000;

  private final DatagramChannel channel;
  private final BitSet answered = new BitSet(MAX_PACKETS);
  private final Thread sender;
  private final Thread receiver;
  private volatile boolean stopping;
  private volatile int sent;

  private UdpPing(DatagramChannel channel) {
    this.channel = channel;
    this.sender = Thread.ofPlatform().name("udp-ping-send").daemon().start(this::send);
    this.receiver = Thread.ofPlatform().name("udp-ping-receive").daemon().start(this::receive);
  }

  /**
   * Starts to ping.
   *
   * @param guest the address that forwards to the guest
   */
  public static UdpPing start(InetAddress guest) throws IOException {
    var channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
    channel.connect(new InetSocketAddress(guest, PORT));
    return new UdpPing(channel);
  }

  /** How many packets went out and how many of them came back. */
  public record Result(int sent, int lost) {}

  /** Stops sending, waits for what is still under way, and counts. */
  public Result stop() throws InterruptedException, IOException {
    stopping = true;
    sender.join();
    // Answers that are on their way still count; there is no event for "no more will come".
    receiver.join(GRACE_MILLIS);
    channel.close();
    receiver.join();
    synchronized (answered) {
      return new Result(sent, sent - answered.cardinality());
    }
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    channel.close();
  }

  private void send() {
    var packet = ByteBuffer.allocate(Integer.BYTES);
    long next = System.nanoTime();
    while (!stopping && sent < MAX_PACKETS) {
      packet.clear().putInt(sent).flip();
      sent++;
      try {
        channel.write(packet);
      } catch (PortUnreachableException gone) {
        // counted as lost
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      next += PERIOD_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void receive() {
    var packet = ByteBuffer.allocate(64);
    while (true) {
      try {
        packet.clear();
        channel.read(packet);
        packet.flip();
        if (packet.remaining() == Integer.BYTES) {
          synchronized (answered) {
            answered.set(packet.getInt());
          }
        }
        if (stopping && allAnswered()) {
          return;
        }
      } catch (PortUnreachableException | SocketTimeoutException again) {
        // the next packet tells
      } catch (AsynchronousCloseException closed) {
        return;
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private boolean allAnswered() {
    synchronized (answered) {
      return answered.cardinality() == sent;
    }
  }
}
