package dev.moult.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Waiting on several descriptors with a deadline in nanoseconds (ppoll). */
public final class Poll {
  /** There is data, a connection, or (pidfd) an exit. */
  public static final int IN = FdAbi.POLLIN;

  /** Something exceptional: a change of the mount table. */
  public static final int PRIORITY = FdAbi.POLLPRI;

  /** There is room to write. */
  public static final int OUT = FdAbi.POLLOUT;

  /** An error; always reported. */
  public static final int ERROR = FdAbi.POLLERR;

  /** The peer hung up; always reported. */
  public static final int HANG_UP = FdAbi.POLLHUP;

  /** Not an open descriptor; always reported. */
  public static final int INVALID = FdAbi.POLLNVAL;

  /** The peer shut down its writing half. */
  public static final int READ_HANG_UP = FdAbi.POLLRDHUP;

  private Poll() {}

  /** A descriptor (borrowed) and the events asked for. */
  public record Watch(Fd fd, int events) {
    /** Readable, or an exit. */
    public static Watch readable(Fd fd) {
      return new Watch(fd, IN);
    }

    /** Writable. */
    public static Watch writable(Fd fd) {
      return new Watch(fd, OUT);
    }
  }

  /**
   * Waits until one is ready or the deadline has passed.
   *
   * @return the events of each watch in the order given, all zero when the deadline has passed
   */
  public static int[] await(List<Watch> watches, Deadline deadline) throws LinuxException {
    int[] ready = new int[watches.size()];
    try (Memory fds = new Memory(Math.max(1, ready.length) * (long) FdAbi.POLLFD_SIZE);
        Memory timeout = new Memory(FdAbi.TIMESPEC_SIZE)) {
      for (int i = 0; i < ready.length; i++) {
        long at = (long) i * FdAbi.POLLFD_SIZE;
        fds.setInt(at + FdAbi.POLLFD_FD, watches.get(i).fd().number());
        fds.setShort(at + FdAbi.POLLFD_EVENTS, (short) watches.get(i).events());
        fds.setShort(at + FdAbi.POLLFD_REVENTS, (short) 0);
      }
      if (poll(fds, ready.length, timeout, deadline) == 0) {
        return ready;
      }
      for (int i = 0; i < ready.length; i++) {
        ready[i] = fds.getShort((long) i * FdAbi.POLLFD_SIZE + FdAbi.POLLFD_REVENTS) & 0xffff;
      }
      return ready;
    }
  }

  /** Waits for one event on one descriptor; false when the deadline has passed first. */
  public static boolean await(Fd fd, int events, Deadline deadline) throws LinuxException {
    return await(List.of(new Watch(fd, events)), deadline)[0] != 0;
  }

  /** Waits until it can be read (or has hung up); false when the deadline has passed first. */
  public static boolean readable(Fd fd, Deadline deadline) throws LinuxException {
    return await(fd, IN, deadline);
  }

  private static int poll(Memory fds, int count, Memory timeout, Deadline deadline)
      throws LinuxException {
    for (; ; ) {
      long left = deadline.remainingNanos();
      Pointer limit = limit(timeout, left);
      try {
        // NATIVE: blocks up to the deadline; a null mask leaves the thread's signals alone.
        return PollNative.ppoll(fds, count, limit, null);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("ppoll", e);
      }
    }
  }

  private static @Nullable Pointer limit(Memory timeout, long nanos) {
    if (nanos == Long.MAX_VALUE) {
      return null;
    }
    timeout.setLong(FdAbi.TIMESPEC_SEC, nanos / 1_000_000_000);
    timeout.setLong(FdAbi.TIMESPEC_NSEC, nanos % 1_000_000_000);
    return timeout;
  }
}
