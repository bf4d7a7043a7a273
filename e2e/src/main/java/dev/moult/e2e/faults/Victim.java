package dev.moult.e2e.faults;

import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A process that something is done to, held by its pidfd: never another one of the same pid. What
 * is frozen here goes on when the harness ends, however it does.
 */
final class Victim implements AutoCloseable {
  private static final Set<Victim> FROZEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> FROZEN.forEach(Victim::thawQuietly)));
  }

  private final long pid;
  private final PidFd process;

  private Victim(long pid, PidFd process) {
    this.pid = pid;
    this.process = process;
  }

  /** Of a pid that was found by what makes it the one meant. */
  static Victim of(long pid) throws LinuxException {
    return new Victim(pid, PidFd.open(Math.toIntExact(pid)));
  }

  /** A part of the development cluster, such as {@code kubelet}. */
  static Victim part(String name) throws IOException {
    var line = Files.readString(Path.of("/run/moult-dev/" + name + ".pid"));
    return of(Long.parseLong(line.strip().split(" ", -1)[0]));
  }

  long pid() {
    return pid;
  }

  /** Kills it; what is dead already (A at the last step) cannot be killed any deader. */
  void kill() throws LinuxException {
    signal(Signal.KILL);
  }

  void terminate() throws LinuxException {
    signal(Signal.TERM);
  }

  void freeze() throws LinuxException {
    FROZEN.add(this);
    signal(Signal.STOP);
  }

  /** Lets it go on; one that has died meanwhile is no error. */
  void thaw() throws LinuxException {
    FROZEN.remove(this);
    signal(Signal.CONT);
  }

  private void signal(Signal signal) throws LinuxException {
    try {
      process.signal(signal);
    } catch (LinuxException e) {
      if (!e.isNoProcess()) {
        throw e;
      }
    }
  }

  private void thawQuietly() {
    try {
      thaw();
    } catch (LinuxException e) {
      System.err.println("pid " + pid + " stays frozen: " + e.getMessage());
    }
  }

  /** Waits for its death. */
  boolean diesWithin(Duration patience) throws LinuxException {
    return process.awaitExit(Deadline.in(patience));
  }

  @Override
  public void close() {
    if (FROZEN.contains(this)) {
      thawQuietly();
    }
    process.close();
  }
}
