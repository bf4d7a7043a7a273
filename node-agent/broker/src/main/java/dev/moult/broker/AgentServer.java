package dev.moult.broker;

import dev.moult.broker.log.Log;
import dev.moult.broker.pod.Pods;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Serves one agent after the other on the broker's socket. */
final class AgentServer implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;
  private static final int BACKLOG = 4;

  private final UnixListener listener;
  private final int agentUid;
  private final Pods pods;
  private final Requests requests;
  private final Turns turns;
  private boolean serving; // guarded by this

  private AgentServer(
      UnixListener listener, int agentUid, Pods pods, Requests requests, Turns turns) {
    this.listener = listener;
    this.agentUid = agentUid;
    this.pods = pods;
    this.requests = requests;
    this.turns = turns;
  }

  static AgentServer bind(Settings settings, Pods pods, Requests requests, Turns turns)
      throws IOException {
    Path path = settings.socket();
    Files.deleteIfExists(path); // of a broker before this one
    UnixListener listener =
        UnixListener.bind(UnixSocket.Type.SEQPACKET, path.toString(), OWNER_ONLY, BACKLOG);
    try (Fd file = Open.path(path, OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
      FileControl.chown(file, settings.agentUid(), settings.agentUid());
    }
    return new AgentServer(listener, settings.agentUid(), pods, requests, turns);
  }

  /** Serves until interrupted. */
  void run() throws InterruptedException {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        serve(listener.accept(Deadline.never()));
      } catch (LinuxException e) {
        Log.warn("agent not accepted", "error", String.valueOf(e.getMessage()));
      }
    }
  }

  private void serve(UnixSocket connection) throws LinuxException, InterruptedException {
    int uid = connection.peerCredentials().uid();
    if (uid != agentUid) {
      connection.close();
      Log.warn("agent refused", "uid", Integer.toString(uid));
      return;
    }
    Log.info("agent connected", "pid", Integer.toString(connection.peerCredentials().pid()));
    var agent = new AgentConnection(WireSocket.adopt(connection), requests, turns);
    pods.tell(agent::event);
    setServing(true);
    try {
      agent.serve();
    } finally {
      setServing(false);
      pods.tellNobody();
      Log.info("agent disconnected");
    }
  }

  private synchronized void setServing(boolean now) {
    serving = now;
    notifyAll();
  }

  /** Waits while an agent is connected, at most so long. */
  synchronized void awaitAgentsEnd(Duration most) {
    long end = System.nanoTime() + most.toNanos();
    try {
      for (long left = most.toMillis(); serving && left > 0; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    listener.close();
  }
}
