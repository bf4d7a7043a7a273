package dev.moult.broker.pod;

import dev.moult.broker.peer.Peer;
import dev.moult.linux.Deadline;
import dev.moult.wire.WireSocket;
import org.jspecify.annotations.Nullable;

/** The memory container of an anchor pod, which has said hello. Touched by the loop's thread. */
final class MemoryLine implements AutoCloseable {
  final Peer peer;
  final WireSocket connection;

  /** What it does now; null when it waits. */
  @Nullable String work;

  /** Until when it must have said something of its work. */
  Deadline due = Deadline.never();

  /** Before that the agent is told of no progress. */
  Deadline quietUntil = Deadline.now();

  MemoryLine(Peer peer, WireSocket connection) {
    this.peer = peer;
    this.connection = connection;
  }

  @Override
  public void close() {
    connection.close();
    peer.close();
  }
}
