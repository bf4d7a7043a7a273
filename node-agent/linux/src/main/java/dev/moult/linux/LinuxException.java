package dev.moult.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;

/** A system call that failed, or a wait that passed its deadline ({@link Errno#ETIMEDOUT}). */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int number;

  private LinuxException(String call, int number, String message) {
    super(message);
    this.call = call;
    this.number = number;
  }

  /** An error of a call, with its number. */
  public static LinuxException of(String call, int number) {
    Errno errno = Errno.of(number);
    return new LinuxException(
        call,
        number,
        call + ": " + (errno == Errno.OTHER ? "errno" : errno.name()) + " (" + number + ")");
  }

  /** An error of a call with a sentence that says what was expected. */
  public static LinuxException of(String call, Errno errno, String sentence) {
    return new LinuxException(call, errno.number(), call + ": " + errno + ": " + sentence);
  }

  /** The error that a native call of this module threw. */
  public static LinuxException from(String call, LastErrorException error) {
    return of(call, error.getErrorCode());
  }

  /**
   * Returns when a signal interrupted the call, so that a loop around it calls again; throws for
   * any other error.
   */
  public static void retryIfInterrupted(String call, LastErrorException error)
      throws LinuxException {
    if (error.getErrorCode() != Errno.EINTR.number()) {
      throw from(call, error);
    }
  }

  /** A wait that passed its deadline. */
  public static LinuxException timeout(String call) {
    return of(call, Errno.ETIMEDOUT, "the deadline has passed");
  }

  /** Name of the system call or operation, with its object where that helps. */
  public String call() {
    return call;
  }

  /** The error as a constant. */
  public Errno errno() {
    return Errno.of(number);
  }

  /** The error as the kernel's number. */
  public int number() {
    return number;
  }

  /** Nothing has that name. */
  public boolean isNoEntry() {
    return is(Errno.ENOENT);
  }

  /** Something has that name already, or the address is in use. */
  public boolean isAlreadyThere() {
    return is(Errno.EEXIST) || is(Errno.EADDRINUSE);
  }

  /** The process is gone. */
  public boolean isNoProcess() {
    return is(Errno.ESRCH);
  }

  /** The deadline passed. */
  public boolean isTimeout() {
    return is(Errno.ETIMEDOUT);
  }

  /** A call on a non-blocking descriptor would have waited. */
  public boolean isWouldBlock() {
    return is(Errno.EAGAIN);
  }

  /** Not permitted, by rights or by mode bits. */
  public boolean isNotPermitted() {
    return is(Errno.EPERM) || is(Errno.EACCES);
  }

  /** The peer of a socket or pipe is gone. */
  public boolean isPeerGone() {
    return is(Errno.EPIPE) || is(Errno.ECONNRESET) || is(Errno.ENOTCONN);
  }

  /** Nobody listens on the socket. */
  public boolean isRefused() {
    return is(Errno.ECONNREFUSED);
  }

  /** Whether this is the error given. */
  public boolean is(Errno errno) {
    return errno != Errno.OTHER && errno.number() == number;
  }
}
