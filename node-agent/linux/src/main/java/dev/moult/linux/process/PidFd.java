package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Open;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process by descriptor: never another one, even when its pid is given away again. */
public final class PidFd implements AutoCloseable {
  private static final int FDINFO_LIMIT = 64 * 1024;

  private final Fd fd;

  private PidFd(Fd fd) {
    this.fd = fd;
  }

  /** Adopts a pidfd, such as {@code UnixSocket.peerPidFd()}. */
  public static PidFd adopt(Fd fd) {
    return new PidFd(fd);
  }

  /**
   * Of a pid. Only as sure as the pid is: check what makes it the process meant (start time,
   * cgroup) <i>after</i> this.
   *
   * @throws LinuxException ESRCH
   */
  public static PidFd open(int pid) throws LinuxException {
    return new PidFd(
        Fd.adopt((int) call("pidfd_open(" + pid + ")", ProcessAbi.SYS_PIDFD_OPEN, pid, 0, 0, 0)));
  }

  /** Of this process. */
  public static PidFd self() throws LinuxException {
    return open((int) ProcessHandle.current().pid());
  }

  /** The descriptor, borrowed, for {@link Poll} (readable once dead). */
  public Fd fd() {
    return fd;
  }

  /**
   * The pid in our pid namespace. It is surely this process's only as long as it {@link #isAlive()
   * lives}, looked at afterwards.
   *
   * @throws LinuxException ESRCH when it has been reaped or is not visible in our namespace
   */
  public int pid() throws LinuxException {
    String info;
    try (Fd file = Open.path(Path.of("/proc/self/fdinfo/" + fd.number()))) {
      info = new String(FileIo.readAll(file, FDINFO_LIMIT), StandardCharsets.US_ASCII);
    }
    for (String line : info.split("\n", -1)) {
      if (line.startsWith("Pid:")) {
        int pid = Integer.parseInt(line.substring(4).trim());
        if (pid <= 0) {
          throw LinuxException.of("fdinfo", Errno.ESRCH, "reaped, or not in our pid namespace");
        }
        return pid;
      }
    }
    throw LinuxException.of("fdinfo", Errno.EBADF, "not a pidfd");
  }

  /**
   * A copy of a descriptor that the process has at a number; owned by the caller.
   *
   * @throws LinuxException EBADF (nothing at that number), ESRCH, EPERM (needs ptrace rights)
   */
  public Fd getFd(int number) throws LinuxException {
    return Fd.adopt(
        (int)
            call(
                "pidfd_getfd(" + number + ")",
                ProcessAbi.SYS_PIDFD_GETFD,
                fd.number(),
                number,
                0,
                0));
  }

  /**
   * Sends a signal.
   *
   * @throws LinuxException ESRCH when it is dead
   */
  public void signal(Signal signal) throws LinuxException {
    call(
        "pidfd_send_signal(" + signal + ")",
        ProcessAbi.SYS_PIDFD_SEND_SIGNAL,
        fd.number(),
        signal.number,
        0,
        0);
  }

  /** SIGKILL; a process that is dead already is no error. Follow with {@link #awaitExit}. */
  public void kill() throws LinuxException {
    try {
      signal(Signal.KILL);
    } catch (LinuxException e) {
      if (!e.isNoProcess()) {
        throw e;
      }
    }
  }

  /** Whether it runs (or could be continued): all its threads have not exited yet. */
  public boolean isAlive() throws LinuxException {
    return !awaitExit(Deadline.now());
  }

  /**
   * Waits for the exit.
   *
   * @return true when it is proved dead: every thread gone and its memory given back; false when
   *     the deadline has passed first
   */
  public boolean awaitExit(Deadline deadline) throws LinuxException {
    return Poll.readable(fd, deadline);
  }

  @Override
  public void close() {
    fd.close();
  }

  private static long call(String name, int number, long a, long b, long c, long d)
      throws LinuxException {
    for (; ; ) {
      try {
        return PidFdNative.syscall(number, a, b, c, d);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted(name, e);
      }
    }
  }
}
