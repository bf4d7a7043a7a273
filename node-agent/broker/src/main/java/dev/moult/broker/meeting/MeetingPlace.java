package dev.moult.broker.meeting;

import dev.moult.broker.Refusal;
import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Inotify;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.mount.DetachedTmpfs;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.RefusalReason;
import java.io.File;
import java.util.EnumSet;
import java.util.Set;

/**
 * A VM's meeting place, by its descriptor (borrowed). Whoever runs in the VM's pods may put there
 * what he likes: links are never followed, and what is no socket is not connected to.
 */
public final class MeetingPlace {
  private static final long BYTES = 64 << 10;
  private static final long INODES = 16;
  private static final int OWNER_ONLY = 0700;

  /** A socket that is bound but not listened on yet raises no event when that changes. */
  private static final long RETRY_MILLIS = 2;

  private static final Set<Inotify.Kind> ARRIVALS =
      EnumSet.of(Inotify.Kind.CREATED, Inotify.Kind.MOVED_TO);

  private MeetingPlace() {}

  /** A new one for a VM's uid; owned by the caller. */
  public static Fd create(int uid) throws LinuxException {
    return new DetachedTmpfs(BYTES, INODES, uid, uid, OWNER_ONLY).mount();
  }

  /** A listening stream socket of a new name there, mode 0700 of the VM's uid; the caller's. */
  public static Fd listen(Fd place, String name, int uid) throws LinuxException, Refusal {
    checkName(name);
    try (UnixListener listener =
        UnixListener.bind(UnixSocket.Type.STREAM, place, name, OWNER_ONLY, 1)) {
      try (Fd file = Open.at(place, name, Open.UNTRUSTED, OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
        requireSocket(name, file);
        FileControl.chown(file, uid, uid);
      }
      return listener.release();
    }
  }

  /**
   * Connects to a stream socket there as soon as somebody listens on it; the connection is the
   * caller's.
   *
   * @throws Refusal TIMED_OUT when nobody did before the deadline
   */
  public static Fd connect(Fd place, String name, Deadline deadline)
      throws LinuxException, Refusal {
    checkName(name);
    try (Inotify arrivals = Inotify.open()) {
      arrivals.watch(place, ARRIVALS); // before the first look: no arrival falls between
      while (true) {
        Deadline next = deadline;
        try (Fd file = Open.at(place, name, Open.UNTRUSTED, OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
          requireSocket(name, file);
          return UnixSocket.connect(UnixSocket.Type.STREAM, file, deadline).release();
        } catch (LinuxException e) {
          if (e.isRefused()) {
            next = Deadline.inMillis(RETRY_MILLIS);
          } else if (!e.isNoEntry()) {
            throw e;
          }
        }
        if (Poll.readable(arrivals.fd(), next)) {
          arrivals.read();
        }
        if (deadline.isPassed()) {
          throw new Refusal(
              RefusalReason.TIMED_OUT, "nobody listens on " + name + " in the meeting place");
        }
      }
    }
  }

  /** Removes all names. */
  public static void sweep(Fd place) throws LinuxException {
    try (Fd directory =
        Open.at(place, ".", Open.UNTRUSTED, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY)) {
      String[] names = new File(directory.procPath()).list();
      for (String name : names == null ? new String[0] : names) {
        remove(place, name);
      }
    }
  }

  private static void remove(Fd place, String name) throws LinuxException {
    try {
      FileControl.unlinkIfThere(place, name);
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR)) {
        throw e;
      }
      try (Fd inner = Open.at(place, name, Open.UNTRUSTED, OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
        sweep(inner); // at most 16 inodes deep
      }
      FileControl.removeDirectory(place, name);
    }
  }

  private static void requireSocket(String name, Fd file) throws LinuxException, Refusal {
    if (FileStat.of(file).type() != FileStat.Type.SOCKET) {
      throw new Refusal(
          RefusalReason.DESCRIPTOR_REFUSED, name + " in the meeting place is no socket");
    }
  }

  private static void checkName(String name) throws Refusal {
    boolean fits = !name.isEmpty() && name.length() <= 64 && name.charAt(0) != '.';
    for (int i = 0; fits && i < name.length(); i++) {
      char c = name.charAt(i);
      fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }
    if (!fits) {
      throw new Refusal(RefusalReason.BAD_REQUEST, "not a name for the meeting place: " + name);
    }
  }
}
