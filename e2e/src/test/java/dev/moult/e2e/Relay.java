package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stands between a program and a server on this machine, and can cut their connections. */
final class Relay implements AutoCloseable {
  private final ServerSocket listening;
  private final SocketAddress server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** While the server is said to be away: counts those who ask for it. */
  private volatile @Nullable CountDownLatch asking;

  /** Relays from a free port of the loopback address. */
  Relay(InetSocketAddress server) throws IOException {
    this.server = server;
    listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("relay").start(this::accept);
  }

  /** Where it listens. */
  int port() {
    return listening.getLocalPort();
  }

  /** Cuts all connections that there are; new ones are relayed again. */
  void cut() throws IOException {
    for (Socket socket : List.copyOf(open)) {
      socket.close();
      open.remove(socket);
    }
  }

  /**
   * Cuts all connections, and each new one, until there were so many of these: as a load balancer
   * does whose server restarts.
   */
  void cutUntilAskedFor(int times) throws IOException, InterruptedException {
    var attempts = new CountDownLatch(times);
    asking = attempts;
    cut();
    assertThat(attempts.await(30, TimeUnit.SECONDS)).as("%d connections", times).isTrue();
    asking = null;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket near = listening.accept();
        CountDownLatch away = asking;
        if (away != null) {
          near.close();
          away.countDown();
          continue;
        }
        var far = new Socket();
        far.connect(server);
        open.add(near);
        open.add(far);
        Thread.ofVirtual().start(() -> copy(near, far));
        Thread.ofVirtual().start(() -> copy(far, near));
      } catch (IOException e) {
        // The test is over, or the server away: the program sees the end of its connection.
        System.err.println("relay: " + e.getMessage());
      }
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException cut) {
      // Both are closed; that is all there is to do.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
