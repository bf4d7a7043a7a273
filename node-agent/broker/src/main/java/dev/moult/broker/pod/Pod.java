package dev.moult.broker.pod;

import dev.moult.broker.peer.Peer;
import dev.moult.linux.Deadline;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.PodStatus;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.WireSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One expected pod. Touched by the loop's thread alone. */
final class Pod {
  final Expect expect;
  Stage stage = Stage.EXPECTED;

  /** Bound once the emptyDir is mounted. */
  @Nullable PodSocket socket;

  /** Whoever dialled last and was proved; its process may be dead. */
  @Nullable Peer peer;

  /** The launcher's connection, until exec or its end. */
  @Nullable WireSocket connection;

  /** Until when the launcher must have said what is due. */
  Deadline due = Deadline.never();

  /** Until when nobody else is let in, after one was. */
  Deadline deafUntil = Deadline.now();

  @Nullable Hello hello;

  /** What the plan's descriptors are, as they were sent. */
  List<SlotFacts> sent = List.of();

  /** What the launcher says its slots hold; null before its outcome. */
  @Nullable List<SlotFacts> claimed;

  /** What the slots hold, as proved. */
  List<SlotFacts> facts = List.of();

  /** What the disks among them are, as the launcher said; only passed on. */
  List<ImageFacts> images = List.of();

  /** The last launch's failure, until the next dial. */
  Event.@Nullable LaunchFailed failure;

  /** Of an anchor's pod: who dialled and has not said which container it is. */
  final List<Caller> callers = new ArrayList<>();

  /** Of an anchor's pod: the container that copies memory, if there is one and it dialled. */
  @Nullable MemoryLine memory;

  /** What came of the last work with memory, until the next begins. */
  Event.@Nullable OfMemory memoryOutcome;

  Pod(Expect expect) {
    this.expect = expect;
  }

  String uid() {
    return expect.podUid();
  }

  PodStatus status() {
    return new PodStatus(
        uid(),
        expect.role(),
        expect.vmUid(),
        stage,
        peer == null ? null : peer.containerId(),
        peer == null ? 0 : peer.pid());
  }

  PodRecord record() {
    return new PodRecord(
        expect,
        stage,
        peer == null
            ? null
            : new PodRecord.Process(
                peer.pid(), peer.startTime(), peer.containerId(), peer.program()),
        stage == Stage.PLANNED ? sent : facts,
        images);
  }

  void hangUp() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
    due = Deadline.never();
  }

  /** Of all that dialled beside the pod's own process. */
  void hangUpOthers() {
    callers.forEach(Caller::close);
    callers.clear();
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }

  void unbind() {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }

  void dropPeer() {
    if (peer != null) {
      peer.close();
      peer = null;
    }
  }
}
