package dev.moult.broker.pod;

import dev.moult.broker.peer.Peer;
import dev.moult.linux.Deadline;
import dev.moult.wire.WireSocket;

/**
 * A first process of one of an anchor pod's containers that has dialled and not said yet which one
 * it is: the anchor's own, or the one that copies memory.
 *
 * @param peer who it is, proved
 * @param connection its connection
 * @param due until when it must have said hello
 */
record Caller(Peer peer, WireSocket connection, Deadline due) implements AutoCloseable {
  @Override
  public void close() {
    connection.close();
    peer.close();
  }
}
