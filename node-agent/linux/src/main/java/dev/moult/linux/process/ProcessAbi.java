package dev.moult.linux.process;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** Constants of processes, signals and close_range, x86-64. */
@CHeader({"signal.h", "sys/syscall.h", "linux/close_range.h", "fcntl.h"})
final class ProcessAbi {
  @CExpression("SYS_pidfd_send_signal")
  static final int SYS_PIDFD_SEND_SIGNAL = 424;

  @CExpression("SYS_pidfd_open")
  static final int SYS_PIDFD_OPEN = 434;

  @CExpression("SYS_close_range")
  static final int SYS_CLOSE_RANGE = 436;

  @CExpression("SYS_pidfd_getfd")
  static final int SYS_PIDFD_GETFD = 438;

  static final int CLOSE_RANGE_CLOEXEC = 4;
  static final int F_DUPFD_CLOEXEC = 1030;

  static final int SIG_BLOCK = 0;
  static final int SIG_SETMASK = 2;

  @CExpression("sizeof(sigset_t)")
  static final int SIGSET_SIZE = 128;

  static final int SIGHUP = 1;
  static final int SIGINT = 2;
  static final int SIGQUIT = 3;
  static final int SIGKILL = 9;
  static final int SIGUSR1 = 10;
  static final int SIGUSR2 = 12;
  static final int SIGPIPE = 13;
  static final int SIGTERM = 15;
  static final int SIGCHLD = 17;
  static final int SIGCONT = 18;
  static final int SIGSTOP = 19;

  private ProcessAbi() {}
}
