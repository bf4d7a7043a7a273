package dev.moult.broker.peer;

import dev.moult.linux.LinuxException;
import dev.moult.linux.process.PidFd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The first process of a pod's container, proved to be that. Owns its pidfd.
 *
 * @param process the process, never another one
 * @param pid its number on the node, for records and logs
 * @param startTime clock ticks from boot to its start
 * @param containerId its container
 * @param program what it executed when it was proved; a launcher's changes once, by exec
 */
public record Peer(PidFd process, int pid, long startTime, String containerId, String program)
    implements AutoCloseable {

  /** Whether it has become another program since it was proved. */
  public boolean hasBecomeAnother() {
    String now = programOf(pid);
    return !now.isEmpty() && !now.equals(program);
  }

  /** Whether it lives. */
  public boolean isAlive() throws LinuxException {
    return process.isAlive();
  }

  /** The path of a process's program; empty when it is dead or dying. */
  static String programOf(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
