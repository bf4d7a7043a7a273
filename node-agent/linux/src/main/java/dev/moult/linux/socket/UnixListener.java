package dev.moult.linux.socket;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileControl;

/** A listening unix socket. Its file stays when it is closed: whoever bound it unlinks it. */
public final class UnixListener implements AutoCloseable {
  private final Fd fd;

  private UnixListener(Fd fd) {
    this.fd = fd;
  }

  /** Adopts a listening socket. */
  public static UnixListener adopt(Fd fd) {
    return new UnixListener(fd);
  }

  /**
   * Binds a name in a directory (borrowed, O_PATH will do) and listens. The name is never walked:
   * it must be new. Its file is born with the mode given, never wider, less the umask.
   *
   * @param mode permission bits; connecting needs write permission
   * @throws LinuxException EADDRINUSE when the name is there, a dangling link included
   */
  public static UnixListener bind(
      UnixSocket.Type type, Fd directory, String name, int mode, int backlog)
      throws LinuxException {
    return bind(type, SocketAddresses.inDirectory(directory, name), name, mode, backlog);
  }

  /** As above, at a path of our own. */
  public static UnixListener bind(UnixSocket.Type type, String path, int mode, int backlog)
      throws LinuxException {
    return bind(type, SocketAddresses.ofPath(path), path, mode, backlog);
  }

  /**
   * Binds an abstract name and listens. It has no file: whoever is in the network namespace of the
   * calling thread may connect, nobody else can. It goes when the socket is closed.
   *
   * @throws LinuxException EADDRINUSE when somebody has the name
   */
  public static UnixListener bindAbstract(UnixSocket.Type type, String name, int backlog)
      throws LinuxException {
    Fd fd = SocketOptions.newSocket(type);
    try {
      call("bind(@" + name + ")", fd, SocketAddresses.ofAbstract(name), backlog);
      return new UnixListener(fd);
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Waits for a connection, which belongs to the caller.
   *
   * @throws LinuxException ETIMEDOUT
   */
  public UnixSocket accept(Deadline deadline) throws LinuxException {
    if (!Poll.readable(fd, deadline)) {
      throw LinuxException.timeout("accept");
    }
    for (; ; ) {
      try {
        // NATIVE: a unix connection stays queued until accepted, so this does not wait; one thread
        // accepts per listener.
        return UnixSocket.adopt(
            Fd.adopt(SocketNative.accept4(fd.number(), null, null, SocketAbi.SOCK_CLOEXEC)));
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("accept4", e);
      }
    }
  }

  /** The descriptor, borrowed, for {@link Poll} or to be passed on (QEMU's monitor). */
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

  private static UnixListener bind(
      UnixSocket.Type type, byte[] address, String name, int mode, int backlog)
      throws LinuxException {
    Fd fd = SocketOptions.newSocket(type);
    try {
      FileControl.chmod(fd, mode); // before bind: the file takes it from the socket's inode
      call("bind(" + name + ")", fd, address, backlog);
      return new UnixListener(fd);
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static void call(String call, Fd fd, byte[] address, int backlog) throws LinuxException {
    try {
      SocketNative.bind(fd.number(), address, address.length);
      SocketNative.listen(fd.number(), backlog);
    } catch (LastErrorException e) {
      throw LinuxException.from(call, e);
    }
  }
}
