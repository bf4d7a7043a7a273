package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Opening files; every descriptor is close-on-exec and belongs to the caller. */
public final class Open {
  /** For names in a directory that a hostile pod may write: beneath it, and no link anywhere. */
  public static final Set<Resolve> UNTRUSTED =
      Set.copyOf(EnumSet.of(Resolve.BENEATH, Resolve.NO_SYMLINKS));

  private Open() {}

  /** Opens a path of our own; with {@link OpenFlag#CREATE} the file is born with mode 0600. */
  public static Fd path(Path path, OpenFlag... flags) throws LinuxException {
    return path(path.toString(), 0600, flags);
  }

  /** Opens a path of our own; {@code mode} is for a file that is created (the umask applies). */
  public static Fd path(String path, int mode, OpenFlag... flags) throws LinuxException {
    for (; ; ) {
      try {
        return Fd.adopt(OpenNative.openat(FileAbi.AT_FDCWD, path, OpenFlag.bits(flags), mode));
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("open(" + path + ")", e);
      }
    }
  }

  /** Opens a name relative to a directory (openat2) under the restrictions given. */
  public static Fd at(Fd directory, String path, Set<Resolve> resolve, OpenFlag... flags)
      throws LinuxException {
    return at(directory, path, resolve, 0600, flags);
  }

  /**
   * As {@link #at(Fd, String, Set, OpenFlag...)}, with the mode of a file that is created.
   *
   * @throws LinuxException ELOOP for a link, EXDEV for a way out, ENOENT, …
   */
  public static Fd at(Fd directory, String path, Set<Resolve> resolve, int mode, OpenFlag... flags)
      throws LinuxException {
    int bits = OpenFlag.bits(flags);
    try (Memory how = new Memory(FileAbi.OPEN_HOW_SIZE)) {
      how.setLong(FileAbi.OPEN_HOW_FLAGS, bits);
      // openat2 refuses a mode where nothing is created.
      how.setLong(FileAbi.OPEN_HOW_MODE, (bits & FileAbi.O_CREAT) != 0 ? mode : 0);
      how.setLong(FileAbi.OPEN_HOW_RESOLVE, bits(resolve));
      for (; ; ) {
        try {
          // NATIVE: only for non-relative names does the directory not matter; EAGAIN means that
          // a rename raced with "..": the caller decides.
          return Fd.adopt(
              (int)
                  OpenNative.syscall(
                      FileAbi.SYS_OPENAT2, directory.number(), path, how, FileAbi.OPEN_HOW_SIZE));
        } catch (LastErrorException e) {
          LinuxException.retryIfInterrupted("openat2(" + path + ")", e);
        }
      }
    }
  }

  /**
   * Opens again what a descriptor refers to: a new open file description with its own offset, flags
   * and locks. The kernel checks rights anew, so this can <b>gain</b> access: look at {@link
   * FileStat} and {@link FileControl#accessMode} first when the descriptor came from someone else.
   */
  public static Fd reopen(Fd fd, OpenFlag... flags) throws LinuxException {
    return path(fd.procPath(), 0, flags);
  }

  private static long bits(Set<Resolve> resolve) {
    long bits = 0;
    for (Resolve r : resolve) {
      bits |= r.bit;
    }
    return bits;
  }
}
