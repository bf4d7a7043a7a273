package dev.moult.linux.socket;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A connected unix socket. One thread may send while another receives; {@link #shutdown} from a
 * third ends both waits.
 */
public final class UnixSocket implements AutoCloseable {
  /** Most descriptors in one message, of ours and of what we accept. */
  public static final int MAX_DESCRIPTORS = 160;

  private final Fd fd;

  private UnixSocket(Fd fd) {
    this.fd = fd;
  }

  /** Kinds of sockets. */
  public enum Type {
    /** Bytes without borders. */
    STREAM(SocketAbi.SOCK_STREAM),
    /** Whole messages, in order. */
    SEQPACKET(SocketAbi.SOCK_SEQPACKET);

    final int bits;

    Type(int bits) {
      this.bits = bits;
    }
  }

  /** Which direction ends. */
  public enum Half {
    READ(SocketAbi.SHUT_RD),
    /** The peer sees the end once it has read everything. */
    WRITE(SocketAbi.SHUT_WR),
    BOTH(SocketAbi.SHUT_RDWR);

    final int how;

    Half(int how) {
      this.how = how;
    }
  }

  /**
   * Two connected ends.
   *
   * @param left one
   * @param right the other
   */
  public record Pair(UnixSocket left, UnixSocket right) implements AutoCloseable {
    @Override
    public void close() {
      left.close();
      right.close();
    }
  }

  /** Adopts a connected socket. */
  public static UnixSocket adopt(Fd fd) {
    return new UnixSocket(fd);
  }

  /** A new pair. */
  public static Pair pair(Type type) throws LinuxException {
    int[] ends = new int[2];
    try {
      SocketNative.socketpair(SocketAbi.AF_UNIX, type.bits | SocketAbi.SOCK_CLOEXEC, 0, ends);
    } catch (LastErrorException e) {
      throw LinuxException.from("socketpair", e);
    }
    return new Pair(new UnixSocket(Fd.adopt(ends[0])), new UnixSocket(Fd.adopt(ends[1])));
  }

  /**
   * Connects to a path of our own choice, of at most 107 bytes; symbolic links are followed.
   *
   * @throws LinuxException ENOENT, ECONNREFUSED (nobody listens), EPROTOTYPE (other type),
   *     ETIMEDOUT
   */
  public static UnixSocket connect(Type type, String path, Deadline deadline)
      throws LinuxException {
    return connect(type, SocketAddresses.ofPath(path), path, deadline);
  }

  /** The same by a path that may be longer: its directory is opened for it. */
  public static UnixSocket connect(Type type, Path path, Deadline deadline) throws LinuxException {
    Path absolute = path.toAbsolutePath();
    try (Fd directory = Open.path(Objects.requireNonNull(absolute.getParent()), OpenFlag.PATH)) {
      String name = Objects.requireNonNull(absolute.getFileName()).toString();
      return connect(type, directory, name, deadline);
    }
  }

  /**
   * Connects to a name in a directory (borrowed, O_PATH will do). The <b>last name is followed</b>
   * when it is a link: in a directory others may write, open the socket itself with {@code PATH}
   * and {@code NO_FOLLOW} and take {@link #connect(Type, Fd, Deadline)}.
   */
  public static UnixSocket connect(Type type, Fd directory, String name, Deadline deadline)
      throws LinuxException {
    return connect(type, SocketAddresses.inDirectory(directory, name), name, deadline);
  }

  /** Connects to a socket's file that was opened with O_PATH (borrowed): no name is walked. */
  public static UnixSocket connect(Type type, Fd socketFile, Deadline deadline)
      throws LinuxException {
    String path = socketFile.procPath();
    return connect(type, SocketAddresses.ofPath(path), path, deadline);
  }

  /** Connects to an abstract name in the network namespace of the calling thread. */
  public static UnixSocket connectAbstract(Type type, String name, Deadline deadline)
      throws LinuxException {
    return connect(type, SocketAddresses.ofAbstract(name), "@" + name, deadline);
  }

  /** The descriptor, borrowed, for {@link Poll} or to be passed on. */
  public Fd fd() {
    return fd;
  }

  /** Gives the descriptor away; this object is closed then. */
  public Fd release() {
    return Fd.adopt(fd.release());
  }

  /** Sends bytes without descriptors: all of them. */
  public void send(byte[] data, Deadline deadline) throws LinuxException {
    send(data, List.of(), deadline);
  }

  /**
   * Sends all bytes, the descriptors (borrowed, at most {@link #MAX_DESCRIPTORS}) with the first of
   * them. No SIGPIPE.
   *
   * @throws LinuxException EPIPE when the peer is gone; ETIMEDOUT, after which a stream may hold a
   *     part and is to be closed; EMSGSIZE when a packet is larger than the socket's buffer;
   *     ETOOMANYREFS when too many descriptors of this uid are in flight
   */
  public void send(byte[] data, List<Fd> descriptors, Deadline deadline) throws LinuxException {
    if (data.length == 0 || descriptors.size() > MAX_DESCRIPTORS) {
      throw new IllegalArgumentException(
          "a message has at least 1 byte and at most " + MAX_DESCRIPTORS + " descriptors");
    }
    int sent = 0;
    while (sent < data.length) {
      try (MessageBuffer message =
          MessageBuffer.toSend(data, sent, sent == 0 ? descriptors : List.of())) {
        sent += sendOnce(message, deadline);
      }
    }
  }

  /** Receives bytes and accepts no descriptor: one that comes is closed and refused (EMSGSIZE). */
  public Received receive(int mostBytes, Deadline deadline) throws LinuxException {
    return receive(mostBytes, 0, deadline);
  }

  /**
   * Waits for the next message (seqpacket) or for what is there (stream).
   *
   * @param mostBytes longer packets are refused
   * @param mostDescriptors more are refused
   * @return {@link Received#isEnd()} when the peer has shut down
   * @throws LinuxException EMSGSIZE when refused: every descriptor that came was closed; ETIMEDOUT;
   *     ECONNRESET
   */
  public Received receive(int mostBytes, int mostDescriptors, Deadline deadline)
      throws LinuxException {
    if (mostBytes < 1 || mostDescriptors < 0 || mostDescriptors > MAX_DESCRIPTORS) {
      throw new IllegalArgumentException("at least 1 byte, at most " + MAX_DESCRIPTORS + " fds");
    }
    for (; ; ) {
      try (MessageBuffer message = MessageBuffer.toReceive(mostBytes, mostDescriptors)) {
        // NATIVE: does not block (MSG_DONTWAIT); the wait is a poll with the deadline.
        int length =
            (int)
                SocketNative.recvmsg(
                    fd.number(),
                    message.header(),
                    SocketAbi.MSG_CMSG_CLOEXEC | SocketAbi.MSG_DONTWAIT);
        return checked(message, length);
      } catch (LastErrorException e) {
        waitFor(Poll.IN, "recvmsg", e, deadline);
      }
    }
  }

  /** Ends one direction or both; a peer that is gone already is no error. */
  public void shutdown(Half half) throws LinuxException {
    try {
      SocketNative.shutdown(fd.number(), half.how);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != Errno.ENOTCONN.number()) {
        throw LinuxException.from("shutdown", e);
      }
    }
  }

  /** Who connected; see there for what it is good for. */
  public PeerCredentials peerCredentials() throws LinuxException {
    int[] ucred = new int[SocketAbi.UCRED_SIZE / Integer.BYTES];
    SocketOptions.get(fd, "SO_PEERCRED", SocketAbi.SO_PEERCRED, ucred);
    return new PeerCredentials(
        ucred[SocketAbi.UCRED_PID / Integer.BYTES],
        ucred[SocketAbi.UCRED_UID / Integer.BYTES],
        ucred[SocketAbi.UCRED_GID / Integer.BYTES]);
  }

  /**
   * A pidfd of the process that connected (or made the pair), for {@code PidFd.adopt}; it stays
   * that process's even when the pid is given to another.
   *
   * @throws LinuxException ESRCH or EINVAL when it has been reaped already; ENOPROTOOPT before
   *     Linux 6.5
   */
  public Fd peerPidFd() throws LinuxException {
    int[] pidfd = new int[1];
    SocketOptions.get(fd, "SO_PEERPIDFD", SocketAbi.SO_PEERPIDFD, pidfd);
    return Fd.adopt(pidfd[0]);
  }

  @Override
  public void close() {
    fd.close();
  }

  private static UnixSocket connect(Type type, byte[] address, String name, Deadline deadline)
      throws LinuxException {
    Fd fd = SocketOptions.newSocket(type);
    try {
      // NATIVE: connect waits only while the listener's queue is full; SO_SNDTIMEO bounds that.
      SocketOptions.setSendTimeout(fd, deadline.remainingNanos());
      for (; ; ) {
        try {
          SocketNative.connect(fd.number(), address, address.length);
          SocketOptions.setSendTimeout(fd, Long.MAX_VALUE);
          return new UnixSocket(fd);
        } catch (LastErrorException e) {
          if (e.getErrorCode() == Errno.EAGAIN.number()) {
            throw LinuxException.timeout("connect(" + name + ")");
          }
          LinuxException.retryIfInterrupted("connect(" + name + ")", e);
        }
      }
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private int sendOnce(MessageBuffer message, Deadline deadline) throws LinuxException {
    for (; ; ) {
      try {
        return (int)
            SocketNative.sendmsg(
                fd.number(), message.header(), SocketAbi.MSG_NOSIGNAL | SocketAbi.MSG_DONTWAIT);
      } catch (LastErrorException e) {
        waitFor(Poll.OUT, "sendmsg", e, deadline);
      }
    }
  }

  private void waitFor(int events, String call, LastErrorException error, Deadline deadline)
      throws LinuxException {
    if (error.getErrorCode() != Errno.EAGAIN.number()) {
      LinuxException.retryIfInterrupted(call, error);
    } else if (!Poll.await(fd, events, deadline)) {
      throw LinuxException.timeout(call);
    }
  }

  private static Received checked(MessageBuffer message, int length) throws LinuxException {
    List<Fd> descriptors = message.descriptors();
    int flags = message.flags();
    if ((flags & (SocketAbi.MSG_CTRUNC | SocketAbi.MSG_TRUNC)) == 0) {
      return new Received(message.data(length), descriptors);
    }
    Fd.closeAll(descriptors);
    throw LinuxException.of(
        "recvmsg",
        Errno.EMSGSIZE,
        (flags & SocketAbi.MSG_CTRUNC) != 0
            ? "more descriptors than allowed, or none free here (MSG_CTRUNC)"
            : "a longer packet than allowed (MSG_TRUNC)");
  }
}
