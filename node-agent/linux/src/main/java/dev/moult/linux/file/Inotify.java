package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Changes of files and directories as events; its descriptor is readable when there are some. */
public final class Inotify implements AutoCloseable {
  private static final int BUFFER = 16 * 1024;

  private final Fd fd;

  private Inotify(Fd fd) {
    this.fd = fd;
  }

  /** What to watch for, and what an event was. */
  public enum Kind {
    MODIFIED(FileAbi.IN_MODIFY),
    /** Mode, owner, link count, times. */
    ATTRIBUTES(FileAbi.IN_ATTRIB),
    CLOSED_AFTER_WRITE(FileAbi.IN_CLOSE_WRITE),
    MOVED_FROM(FileAbi.IN_MOVED_FROM),
    MOVED_TO(FileAbi.IN_MOVED_TO),
    CREATED(FileAbi.IN_CREATE),
    DELETED(FileAbi.IN_DELETE),
    /** The watched thing itself. */
    DELETED_SELF(FileAbi.IN_DELETE_SELF),
    MOVED_SELF(FileAbi.IN_MOVE_SELF),
    /** Reported only: its file system went away. */
    UNMOUNTED(FileAbi.IN_UNMOUNT),
    /** Reported only: events were lost, look at everything anew; the watch is -1. */
    OVERFLOW(FileAbi.IN_Q_OVERFLOW),
    /** Reported only: the watch is gone. */
    WATCH_GONE(FileAbi.IN_IGNORED),
    /** Reported only: the name is a directory. */
    IS_DIRECTORY(FileAbi.IN_ISDIR);

    final int bit;

    Kind(int bit) {
      this.bit = bit;
    }
  }

  /**
   * One event.
   *
   * @param watch number that {@link #watch} gave, -1 for an overflow
   * @param kinds what happened, with {@link Kind#IS_DIRECTORY} where it applies
   * @param name in the watched directory; empty when the watched thing itself is meant
   */
  public record Event(int watch, Set<Kind> kinds, String name) {}

  /** A new one, non-blocking. */
  public static Inotify open() throws LinuxException {
    try {
      return new Inotify(
          Fd.adopt(InotifyNative.inotify_init1(FileAbi.IN_CLOEXEC | FileAbi.IN_NONBLOCK)));
    } catch (LastErrorException e) {
      throw LinuxException.from("inotify_init1", e);
    }
  }

  /** The descriptor to poll, borrowed. */
  public Fd fd() {
    return fd;
  }

  /** Watches a path; a symbolic link as last name is not followed. Returns the watch's number. */
  public int watch(String path, Set<Kind> kinds) throws LinuxException {
    return watch(path, kinds, FileAbi.IN_DONT_FOLLOW);
  }

  /** Watches the directory that a descriptor (borrowed, O_PATH will do) refers to. */
  public int watch(Fd directory, Set<Kind> kinds) throws LinuxException {
    return watch(directory.procPath(), kinds, FileAbi.IN_ONLYDIR);
  }

  /** Ends a watch; a {@link Kind#WATCH_GONE} event follows. */
  public void unwatch(int watch) throws LinuxException {
    try {
      InotifyNative.inotify_rm_watch(fd.number(), watch);
    } catch (LastErrorException e) {
      throw LinuxException.from("inotify_rm_watch", e);
    }
  }

  /** The events that are there, without waiting; empty when none. */
  public List<Event> read() throws LinuxException {
    byte[] data;
    try {
      data = FileIo.read(fd, BUFFER);
    } catch (LinuxException e) {
      if (e.is(Errno.EAGAIN)) {
        return List.of();
      }
      throw e;
    }
    ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.nativeOrder());
    List<Event> events = new ArrayList<>();
    int at = 0;
    while (at < data.length) {
      int length = in.getInt(at + FileAbi.INOTIFY_EVENT_LEN);
      events.add(
          new Event(
              in.getInt(at + FileAbi.INOTIFY_EVENT_WD),
              kinds(in.getInt(at + FileAbi.INOTIFY_EVENT_MASK)),
              name(data, at + FileAbi.INOTIFY_EVENT_SIZE, length)));
      at += FileAbi.INOTIFY_EVENT_SIZE + length;
    }
    return events;
  }

  @Override
  public void close() {
    fd.close();
  }

  private int watch(String path, Set<Kind> kinds, int extra) throws LinuxException {
    int mask = extra;
    for (Kind kind : kinds) {
      mask |= kind.bit;
    }
    try {
      return InotifyNative.inotify_add_watch(fd.number(), path, mask);
    } catch (LastErrorException e) {
      throw LinuxException.from("inotify_add_watch(" + path + ")", e);
    }
  }

  private static Set<Kind> kinds(int mask) {
    EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Kind kind : Kind.values()) {
      if ((mask & kind.bit) != 0) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  private static String name(byte[] data, int from, int length) {
    int end = from;
    while (end < from + length && data[end] != 0) { // padded with zero bytes
      end++;
    }
    return new String(data, from, end - from, StandardCharsets.UTF_8);
  }
}
