package dev.moult.launcher;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.Inotify;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.WireSocket;
import java.util.EnumSet;
import java.util.Set;

/** Finds the broker's socket in the pod's own directory, and waits for it where it is not there. */
final class Dialler {
  private static final Set<Inotify.Kind> ARRIVALS =
      EnumSet.of(Inotify.Kind.CREATED, Inotify.Kind.MOVED_TO);
  private static final long CONNECT_MILLIS = 5_000;

  /** A socket that is bound but not listened on yet raises no event when that changes. */
  private static final long FIRST_RETRY_MILLIS = 2;

  private static final long LAST_RETRY_MILLIS = 256;

  private final String directory;
  private final String socket;

  /**
   * Dials a socket.
   *
   * @param directory the pod's {@code /run/moult}
   * @param name the socket's name there
   */
  Dialler(String directory, String name) {
    this.directory = directory;
    this.socket = directory + "/" + name;
  }

  /**
   * Moves the connection out of the slots' way: it must end by exec and not a moment before, when
   * something else is put at its number.
   */
  private static WireSocket aboveSlots(UnixSocket connected) throws LinuxException {
    try (Fd low = connected.release()) {
      return WireSocket.adopt(UnixSocket.adopt(low.dupAtLeast(PlanRunner.SLOTS)));
    }
  }

  /** A connection to the broker, however long that takes. */
  WireSocket dial() throws LinuxException {
    try (Inotify arrivals = Inotify.open()) {
      // Watched before the first try, so that no arrival falls between the two.
      arrivals.watch(directory, ARRIVALS);
      long retry = FIRST_RETRY_MILLIS;
      while (true) {
        try {
          return aboveSlots(
              UnixSocket.connect(
                  UnixSocket.Type.SEQPACKET, socket, Deadline.inMillis(CONNECT_MILLIS)));
        } catch (LinuxException e) {
          if (!e.isNoEntry() && !e.isRefused() && !e.isTimeout()) {
            throw e;
          }
          Deadline next = e.isRefused() ? Deadline.inMillis(retry) : Deadline.never();
          retry = Math.min(retry * 2, LAST_RETRY_MILLIS);
          if (!e.isTimeout() && Poll.readable(arrivals.fd(), next)) {
            arrivals.read();
          }
        }
      }
    }
  }
}
