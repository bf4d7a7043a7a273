package dev.moult.broker.pod;

import dev.moult.broker.log.Log;
import dev.moult.broker.peer.Peer;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.mount.Mount;
import dev.moult.linux.mount.MountTable;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Role;
import dev.moult.wire.WireSocket;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the loop waits for about the pods: the mount of an emptyDir, a launcher that dials or says
 * something, a process that dies. All of it on the loop's thread.
 */
final class Arrivals implements AutoCloseable {
  private final Path directory;
  private final MountTable mounts;
  private final PodLife life;
  private final MemoryLife memory;
  private final Collection<Pod> pods;

  /**
   * Waits for nothing by itself.
   *
   * @param directory the kubelet's directory of pods
   * @param mounts the node's; adopted
   * @param life what becomes of what arrives
   * @param memory the same of the containers that copy memory
   * @param pods a view of those that are expected
   */
  Arrivals(
      Path directory, MountTable mounts, PodLife life, MemoryLife memory, Collection<Pod> pods) {
    this.directory = directory;
    this.mounts = mounts;
    this.life = life;
    this.memory = memory;
    this.pods = pods;
  }

  /** Binds the sockets of all pods whose emptyDir is mounted by now. */
  void bindMounted() {
    List<Mount> now = null;
    for (Pod pod : pods) {
      if (!wantsSocket(pod)) {
        continue;
      }
      try {
        if (now == null) {
          now = mounts.read();
        }
        pod.socket = PodSocket.bind(directory, pod.uid(), now);
        if (pod.socket != null) {
          Log.info("listening", "pod", pod.uid(), "role", pod.expect.role().name());
        }
      } catch (LinuxException e) {
        Log.warn("cannot listen", "pod", pod.uid(), "error", String.valueOf(e.getMessage()));
      }
    }
  }

  private static boolean wantsSocket(Pod pod) {
    boolean over = pod.stage == Stage.EXITED && pod.expect.role() == Role.VMM;
    return pod.socket == null && !over;
  }

  /** What the loop waits for in this turn. */
  void watches(Loop.Turn turn) {
    boolean wanting = false;
    for (Pod pod : pods) {
      wanting |= wantsSocket(pod);
      PodSocket socket = pod.socket;
      if (socket != null && !pod.deafUntil.isPassed()) {
        turn.until(pod.deafUntil, () -> {});
      } else if (socket != null) {
        turn.readable(
            socket.listener().fd(),
            () -> {
              if (pod.socket == socket) {
                life.dialled(pod, socket.listener().accept(Deadline.now()));
              }
            });
      }
      WireSocket connection = pod.connection;
      if (connection != null) {
        turn.readable(
            connection.socket().fd(),
            () -> {
              if (pod.connection == connection) {
                life.readable(pod, connection);
              }
            });
        turn.until(
            pod.due,
            () -> {
              if (pod.connection == connection) {
                life.overdue(pod);
              }
            });
      }
      watchOthers(turn, pod);
      watchProcess(turn, pod);
    }
    if (wanting) {
      turn.changed(mounts.fd(), this::bindMounted);
    }
  }

  /** Who dialled beside the pod's own process. */
  private void watchOthers(Loop.Turn turn, Pod pod) {
    for (Caller caller : pod.callers) {
      turn.readable(
          caller.connection().socket().fd(),
          () -> {
            if (pod.callers.contains(caller)) {
              life.introduced(pod, caller);
            }
          });
      turn.until(
          caller.due(),
          () -> {
            if (pod.callers.contains(caller)) {
              life.unintroduced(pod, caller);
            }
          });
    }
    MemoryLine line = pod.memory;
    if (line == null) {
      return;
    }
    turn.readable(
        line.connection.socket().fd(),
        () -> {
          if (pod.memory == line) {
            memory.readable(pod, line);
          }
        });
    turn.until(
        line.due,
        () -> {
          if (pod.memory == line && line.due.isPassed()) {
            memory.overdue(pod);
          }
        });
    turn.readable(
        line.peer.process().fd(),
        () -> {
          if (pod.memory == line) {
            memory.end(pod, "its memory container died");
          }
        });
  }

  private void watchProcess(Loop.Turn turn, Pod pod) {
    @Nullable Peer peer = pod.peer;
    if (peer != null && pod.stage != Stage.EXITED) {
      // After the connection in the same turn: its last words come before its death.
      turn.readable(
          peer.process().fd(),
          () -> {
            if (pod.peer == peer && pod.stage != Stage.EXITED) {
              life.exited(pod);
            }
          });
    }
  }

  @Override
  public void close() {
    mounts.close();
  }
}
