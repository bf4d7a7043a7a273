package dev.moult.broker.peer;

import dev.moult.linux.LinuxException;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.PodContainer;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.UnixSocket;
import java.util.Optional;

/** Proves who a peer is. */
public final class Peers {
  private Peers() {}

  /**
   * Proves that whoever connected is the first process of a container of the pod: by SO_PEERPIDFD,
   * which stays that process's, and by its cgroup, which only kubelet and runtime write.
   *
   * @throws PeerRefused when it is not, or is not alive any more
   */
  public static Peer identify(UnixSocket connection, String podUid) throws PeerRefused {
    PidFd process;
    try {
      process = PidFd.adopt(connection.peerPidFd());
    } catch (LinuxException e) {
      throw new PeerRefused("the process that dialled is gone", e);
    }
    return proved(process, podUid);
  }

  /**
   * Finds a process again that was proved before, by what was noted of it then.
   *
   * @throws PeerRefused when it is dead, whoever has its number now
   */
  public static Peer again(
      int pid, long startTime, String podUid, String containerId, String program)
      throws PeerRefused {
    PidFd process;
    try {
      process = PidFd.open(pid);
    } catch (LinuxException e) {
      throw new PeerRefused("process " + pid + " is gone", e);
    }
    Peer now = proved(process, podUid);
    if (now.startTime() != startTime || !now.containerId().equals(containerId)) {
      now.close();
      throw new PeerRefused("process " + pid + " is another one now");
    }
    return new Peer(process, pid, startTime, containerId, program);
  }

  private static Peer proved(PidFd process, String podUid) throws PeerRefused {
    try (ProcDirectory proc = ProcDirectory.of(process)) {
      Optional<PodContainer> place = proc.podContainer();
      if (place.isEmpty()) {
        throw new PeerRefused("it is in no pod's container");
      }
      if (!place.get().podUid().equals(podUid)) {
        throw new PeerRefused("it belongs to pod " + place.get().podUid());
      }
      if (proc.innermostPid() != 1) {
        throw new PeerRefused("it is not the first process of its container");
      }
      int pid = process.pid();
      Peer peer =
          new Peer(process, pid, proc.startTime(), place.get().containerId(), Peer.programOf(pid));
      // Alive after all was read: so all of it was about this process.
      if (!peer.isAlive()) {
        throw new PeerRefused("it has exited");
      }
      return peer;
    } catch (PeerRefused e) {
      process.close();
      throw e;
    } catch (LinuxException e) {
      process.close();
      throw new PeerRefused("it cannot be looked at", e);
    }
  }
}
