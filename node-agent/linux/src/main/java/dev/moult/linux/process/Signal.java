package dev.moult.linux.process;

/** Signals by name ({@code signal.h}, x86-64). */
public enum Signal {
  HUP(ProcessAbi.SIGHUP),
  INT(ProcessAbi.SIGINT),
  QUIT(ProcessAbi.SIGQUIT),
  KILL(ProcessAbi.SIGKILL),
  USR1(ProcessAbi.SIGUSR1),
  USR2(ProcessAbi.SIGUSR2),
  PIPE(ProcessAbi.SIGPIPE),
  TERM(ProcessAbi.SIGTERM),
  CHLD(ProcessAbi.SIGCHLD),
  CONT(ProcessAbi.SIGCONT),
  STOP(ProcessAbi.SIGSTOP);

  final int number;

  Signal(int number) {
    this.number = number;
  }
}
