package dev.moult.cli.screen;

import dev.moult.cli.cluster.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A port of this machine's loopback at which viewers find the screen, each by a tunnel of its own:
 * one that lost its connection to a live update dials again, and sees the guest where it was.
 */
final class Gate implements AutoCloseable {
  private static final int BACKLOG = 8;

  private final ServerSocketChannel listener;
  private final Tunnel.Maker maker;
  private final BlockingQueue<Visit> visits = new LinkedBlockingQueue<>();

  private Gate(ServerSocketChannel listener, Tunnel.Maker maker) {
    this.listener = listener;
    this.maker = maker;
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any that is free
   * @throws CommandFailure if somebody has that port
   */
  static Gate open(int port, Tunnel.Maker maker) throws IOException {
    var listener = ServerSocketChannel.open();
    try {
      listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw new CommandFailure("port " + port + " cannot be used: " + e.getMessage(), e);
    }
    var gate = new Gate(listener, maker);
    Thread.ofPlatform().daemon().name("gate").start(gate::admit);
    return gate;
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** The viewers that came, in their order, each once it has ended. */
  BlockingQueue<Visit> ended() {
    return visits;
  }

  private void admit() {
    while (listener.isOpen()) {
      try {
        connect(new Visit(listener.accept()));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // Who wanted to connect has given up, or there is no descriptor left for now.
      }
    }
  }

  private void connect(Visit visit) throws IOException {
    var unused = visit.ended().thenRun(() -> visits.add(visit));
    boolean begun = false;
    try {
      visit.begin(maker);
      begun = true;
    } finally {
      if (!begun) {
        visit.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
