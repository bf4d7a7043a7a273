package dev.moult.linux;

import com.sun.jna.LastErrorException;

/** A wake-up for a thread that waits in {@link Poll}: readable once signalled, until drained. */
public final class EventFd implements AutoCloseable {
  private final Fd fd;

  private EventFd(Fd fd) {
    this.fd = fd;
  }

  /** A new one, not signalled. */
  public static EventFd create() throws LinuxException {
    try {
      return new EventFd(
          Fd.adopt(EventFdNative.eventfd(0, FdAbi.EFD_CLOEXEC | FdAbi.EFD_NONBLOCK)));
    } catch (LastErrorException e) {
      throw LinuxException.from("eventfd", e);
    }
  }

  /** The descriptor to poll for {@link Poll#IN}, borrowed. */
  public Fd fd() {
    return fd;
  }

  /** Makes it readable; from any thread, any number of times. */
  public void signal() throws LinuxException {
    try {
      EventFdNative.write(fd.number(), new long[] {1}, Long.BYTES);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != Errno.EAGAIN.number()) { // the counter is full: signalled enough
        throw LinuxException.from("write(eventfd)", e);
      }
    }
  }

  /** Makes it unreadable; true when it had been signalled. */
  public boolean drain() throws LinuxException {
    try {
      return EventFdNative.read(fd.number(), new long[1], Long.BYTES) == Long.BYTES;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == Errno.EAGAIN.number()) {
        return false;
      }
      throw LinuxException.from("read(eventfd)", e);
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
