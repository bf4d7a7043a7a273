package dev.moult.linux;

import com.sun.jna.LastErrorException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor with one owner, who closes it once.
 *
 * <p><b>Passing an {@code Fd} to a method is a borrow</b>: the method uses it and does not keep or
 * close it. <b>An {@code Fd} that a method returns belongs to the caller.</b> A method that takes
 * ownership says so (<i>adopts</i>). Every descriptor made here is close-on-exec.
 *
 * <p>Closing while another thread is inside a call with it is a bug of the owner (the number may be
 * given away again at once): wake that thread first, by an {@link EventFd} or a socket shutdown.
 */
public final class Fd implements AutoCloseable {
  private static final int GONE = -1;

  private final AtomicInteger number;
  private final boolean owned;

  private Fd(int number, boolean owned) {
    if (number < 0) {
      throw new IllegalArgumentException("not a descriptor: " + number);
    }
    this.number = new AtomicInteger(number);
    this.owned = owned;
  }

  /** Takes ownership of a number that nobody else will close. */
  public static Fd adopt(int number) {
    return new Fd(number, true);
  }

  /**
   * A view of a number that someone else owns (0, 1 and 2, or a number parked by whoever started
   * us); closing the view leaves the descriptor open.
   */
  public static Fd unowned(int number) {
    return new Fd(number, false);
  }

  /**
   * The number, for the length of a call.
   *
   * @throws IllegalStateException when closed or released
   */
  public int number() {
    int n = number.get();
    if (n == GONE) {
      throw new IllegalStateException("descriptor is closed or was given away");
    }
    return n;
  }

  /** Whether it is neither closed nor released. */
  public boolean isOpen() {
    return number.get() != GONE;
  }

  /** A second descriptor of the same open file, close-on-exec, owned by the caller. */
  public Fd dup() throws LinuxException {
    return dupAtLeast(0);
  }

  /** As {@link #dup()}, with the lowest free number that is not below the one given. */
  public Fd dupAtLeast(int lowest) throws LinuxException {
    try {
      return adopt(FdNative.fcntl(number(), FdAbi.F_DUPFD_CLOEXEC, lowest));
    } catch (LastErrorException e) {
      throw LinuxException.from("fcntl(F_DUPFD_CLOEXEC)", e);
    }
  }

  /** Gives the ownership away: returns the number, which this object no longer closes. */
  public int release() {
    int n = number.getAndSet(GONE);
    if (n == GONE) {
      throw new IllegalStateException("descriptor is closed or was given away");
    }
    return n;
  }

  /** The name under which this process can open or walk it again: {@code /proc/self/fd/N}. */
  public String procPath() {
    return "/proc/self/fd/" + number();
  }

  /**
   * Closes an owned descriptor; again, or on a view, without effect.
   *
   * @throws IllegalStateException when the number was already closed by someone else: two owners
   * @throws UncheckedIOException when the kernel reports a write that failed late
   */
  @Override
  public void close() {
    int n = number.getAndSet(GONE);
    if (n == GONE || !owned) {
      return;
    }
    try {
      FdNative.close(n);
    } catch (LastErrorException e) {
      // NATIVE: Linux frees the number even on EINTR; closing again could hit a stranger's.
      if (e.getErrorCode() == Errno.EBADF.number()) {
        throw new IllegalStateException("descriptor " + n + " had a second owner who closed it", e);
      }
      if (e.getErrorCode() != Errno.EINTR.number()) {
        throw new UncheckedIOException(LinuxException.from("close", e));
      }
    }
  }

  /** Closes all; an error of one does not keep the others open. */
  public static void closeAll(Iterable<Fd> descriptors) {
    RuntimeException first = null;
    for (Fd fd : descriptors) {
      try {
        fd.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public String toString() {
    int n = number.get();
    return n == GONE ? "fd closed" : "fd " + n;
  }
}
