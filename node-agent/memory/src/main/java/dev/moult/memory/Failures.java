package dev.moult.memory;

import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;
import java.io.IOException;

/** What the system's errors mean for a file of a user's volume. */
public final class Failures {
  private Failures() {}

  /** Why a work with memory failed. */
  public static MemoryReason reason(IOException failure) {
    if (failure instanceof StateRefused refused) {
      return refused.reason();
    }
    return failure instanceof LinuxException e && isFull(e)
        ? MemoryReason.NO_SPACE
        : MemoryReason.OTHER;
  }

  /** The system's error number; 0 if there is none. */
  public static int errno(IOException failure) {
    IOException cause =
        failure instanceof StateRefused && failure.getCause() instanceof IOException system
            ? system
            : failure;
    return cause instanceof LinuxException e ? e.number() : 0;
  }

  /** A file that is read could not be. */
  static StateRefused notRead(String file, LinuxException e) {
    boolean missing = e.isNoEntry() || e.is(Errno.ENOTDIR);
    return because(
        missing ? MemoryReason.FILE_NOT_FOUND : MemoryReason.FILE_NOT_READABLE,
        missing ? "there is no file " + file : file + " cannot be read: " + e.getMessage(),
        e);
  }

  /** A file that is written could not be. */
  static StateRefused notWritten(String file, LinuxException e) {
    return isFull(e)
        ? because(MemoryReason.NO_SPACE, "there is no room for " + file, e)
        : because(
            MemoryReason.FILE_NOT_WRITABLE, file + " cannot be written: " + e.getMessage(), e);
  }

  private static boolean isFull(LinuxException e) {
    return e.is(Errno.ENOSPC) || e.is(Errno.EDQUOT) || e.is(Errno.EFBIG);
  }

  private static StateRefused because(MemoryReason reason, String message, LinuxException cause) {
    var refused = new StateRefused(reason, message);
    refused.initCause(cause);
    return refused;
  }
}
