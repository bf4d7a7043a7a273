package dev.moult.linux.process;

import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;

/** Reading of the texts in /proc that hold more than one value. */
final class ProcText {
  /** Fields of stat after the command: state is the 3rd of proc(5), starttime the 22nd. */
  private static final int START_TIME_AFTER_COMMAND = 22 - 3;

  /** utime and stime are the 14th and 15th. */
  private static final int USER_TIME_AFTER_COMMAND = 14 - 3;

  /** state is the 3rd of proc(5), ppid the 4th. */
  private static final int STATE_AFTER_COMMAND = 0;

  private static final int PARENT_AFTER_COMMAND = 1;

  private ProcText() {}

  /** Last number of NSpid in {@code status}. */
  static int innermostPid(String status) throws LinuxException {
    for (String line : status.split("\n", -1)) {
      if (line.startsWith("NSpid:")) {
        String[] pids = line.substring("NSpid:".length()).trim().split("\\s+", -1);
        return Integer.parseInt(pids[pids.length - 1]);
      }
    }
    throw LinuxException.of("/proc/status", Errno.ENODATA, "no NSpid line");
  }

  /** Start time in {@code stat}. */
  static long startTime(String stat) throws LinuxException {
    return Long.parseLong(afterCommand(stat)[START_TIME_AFTER_COMMAND]);
  }

  /** Clock ticks on a processor in {@code stat}: its own and the kernel's on its behalf. */
  static long processorTime(String stat) throws LinuxException {
    String[] fields = afterCommand(stat);
    return Long.parseLong(fields[USER_TIME_AFTER_COMMAND])
        + Long.parseLong(fields[USER_TIME_AFTER_COMMAND + 1]);
  }

  /**
   * Whether a thread does nothing more by itself, as {@code stat} says: stopped by a signal (T), or
   * over (Z, X). One that a debugger holds (t) may be let go by it.
   */
  static boolean isStopped(String stat) throws LinuxException {
    return switch (afterCommand(stat)[STATE_AFTER_COMMAND]) {
      case "T", "Z", "X" -> true;
      default -> false;
    };
  }

  /** The pid of the parent in {@code stat}. */
  static int parent(String stat) throws LinuxException {
    return Integer.parseInt(afterCommand(stat)[PARENT_AFTER_COMMAND]);
  }

  /** The command may hold blanks and brackets, so read from its end. */
  private static String[] afterCommand(String stat) throws LinuxException {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
    if (fields.length <= START_TIME_AFTER_COMMAND) {
      throw LinuxException.of("/proc/stat", Errno.ENODATA, "too few fields");
    }
    return fields;
  }
}
