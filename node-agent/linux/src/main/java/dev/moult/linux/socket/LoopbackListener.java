package dev.moult.linux.socket;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import java.util.Optional;

/**
 * A TCP socket that listens at a port of 127.0.0.1, in the network namespace of the thread that
 * binds it: wherever its descriptor goes later, it stays there.
 */
public final class LoopbackListener implements AutoCloseable {
  private final Fd fd;

  private LoopbackListener(Fd fd) {
    this.fd = fd;
  }

  /** Adopts a listening socket. */
  public static LoopbackListener adopt(Fd fd) {
    return new LoopbackListener(fd);
  }

  /**
   * Binds a port and listens. Connections that ended at that port lately are no obstacle.
   *
   * @param backlog how many may wait to be accepted; others are not answered
   * @throws LinuxException EADDRINUSE when somebody listens there
   */
  public static LoopbackListener bind(int port, int backlog) throws LinuxException {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port);
    }
    Fd fd = SocketOptions.newTcpSocket();
    try {
      SocketOptions.setOn(fd, "SO_REUSEADDR", SocketAbi.SOL_SOCKET, SocketAbi.SO_REUSEADDR);
      // What is accepted has it too: small messages go at once.
      SocketOptions.setOn(fd, "TCP_NODELAY", SocketAbi.IPPROTO_TCP, SocketAbi.TCP_NODELAY);
      byte[] address = SocketAddresses.ofLoopback(port);
      SocketNative.bind(fd.number(), address, address.length);
      SocketNative.listen(fd.number(), backlog);
      return new LoopbackListener(fd);
    } catch (LastErrorException e) {
      fd.close();
      throw LinuxException.from("bind(127.0.0.1:" + port + ")", e);
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** The connection that waits longest, which belongs to the caller; empty when none does. */
  public Optional<Fd> accept() throws LinuxException {
    for (; ; ) {
      try {
        // NATIVE: the socket is non-blocking: who hung up after a poll makes nobody wait.
        return Optional.of(
            Fd.adopt(SocketNative.accept4(fd.number(), null, null, SocketAbi.SOCK_CLOEXEC)));
      } catch (LastErrorException e) {
        int number = e.getErrorCode();
        if (number == Errno.EAGAIN.number() || number == Errno.ECONNABORTED.number()) {
          return Optional.empty();
        }
        LinuxException.retryIfInterrupted("accept4", e);
      }
    }
  }

  /** The descriptor, borrowed, for {@link Poll} or to be passed on. */
  public Fd fd() {
    return fd;
  }

  /** Gives the descriptor away; this object is closed then. */
  public Fd release() {
    return Fd.adopt(fd.release());
  }

  @Override
  public void close() {
    fd.close();
  }
}
