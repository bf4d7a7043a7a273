package dev.moult.linux.process;

import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;

/** Reading of the texts in /proc that hold more than one value. */
final class ProcText {
  /** Fields of stat after the command: state is the 3rd of proc(5), starttime the 22nd. */
  private static final int START_TIME_AFTER_COMMAND = 22 - 3;

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

  /** Start time in {@code stat}; the command may hold blanks and brackets, so read from its end. */
  static long startTime(String stat) throws LinuxException {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
    if (fields.length <= START_TIME_AFTER_COMMAND) {
      throw LinuxException.of("/proc/stat", Errno.ENODATA, "too few fields");
    }
    return Long.parseLong(fields[START_TIME_AFTER_COMMAND]);
  }
}
