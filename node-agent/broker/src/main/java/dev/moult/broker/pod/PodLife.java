package dev.moult.broker.pod;

import dev.moult.broker.log.Log;
import dev.moult.broker.node.OomScore;
import dev.moult.broker.peer.Peer;
import dev.moult.broker.peer.PeerRefused;
import dev.moult.broker.peer.Peers;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Message;
import dev.moult.wire.Outcome;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.WireException;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What happens to a pod: somebody dials, a message comes, a connection ends, a process dies. Each
 * method makes one transition on the loop's thread and waits for nothing.
 */
final class PodLife {
  /** From dialling to hello; the probe of the image's QEMU runs meanwhile. */
  private static final long HELLO_MILLIS = 30_000;

  /** From plan to outcome; a terabyte of RAM is allocated in about five minutes. */
  private static final long OUTCOME_MILLIS = 15 * 60_000;

  /** From outcome to exec. */
  private static final long EXEC_MILLIS = 30_000;

  /** After each dial; so a pod that dials without end costs ten looks a second. */
  private static final long DEAF_MILLIS = 100;

  /** Containers of an anchor pod that may wait to say which they are. */
  private static final int MOST_CALLERS = 4;

  private final Records records;
  private final Consumer<Event> events;
  private final MemoryLife memory;

  PodLife(Records records, MemoryLife memory, Consumer<Event> events) {
    this.records = records;
    this.memory = memory;
    this.events = events;
  }

  /** Somebody has connected to the pod's socket. */
  void dialled(Pod pod, UnixSocket connection) throws LinuxException {
    pod.deafUntil = Deadline.inMillis(DEAF_MILLIS);
    Peer peer;
    try {
      peer = Peers.identify(connection, pod.uid());
    } catch (PeerRefused e) {
      refuse(pod, connection, e);
      return;
    }
    if (pod.expect.role() == Role.ANCHOR && !isOwn(pod, peer)) {
      wait(pod, peer, WireSocket.adopt(connection));
    } else {
      admit(pod, peer, connection);
    }
  }

  /** Whether it is the process that this pod is known by. */
  private static boolean isOwn(Pod pod, Peer peer) {
    Peer known = pod.peer;
    return known != null && known.pid() == peer.pid() && pod.stage != Stage.EXITED;
  }

  /** An anchor pod has two containers that may dial: which one this is it says by its hello. */
  private void wait(Pod pod, Peer peer, WireSocket connection) {
    var caller = new Caller(peer, connection, Deadline.inMillis(HELLO_MILLIS));
    if (pod.callers.size() == MOST_CALLERS) {
      caller.close();
      Log.warn("dial refused", "pod", pod.uid(), "why", "others have dialled and not said hello");
    } else {
      pod.callers.add(caller);
    }
  }

  /** A caller has said which container it is, or is gone. */
  void introduced(Pod pod, Caller caller) throws IOException {
    Hello hello = null;
    try (Incoming incoming = caller.connection().receive(Deadline.now())) {
      if (incoming != null && incoming.message() instanceof Hello said) {
        hello = said;
      }
    } catch (LinuxException e) {
      if (e.isTimeout()) {
        return;
      }
    } catch (WireException e) {
      Log.warn("launcher refused", "pod", pod.uid(), "why", String.valueOf(e.getMessage()));
    }
    pod.callers.remove(caller);
    if (hello == null) {
      caller.close();
    } else if (hello.role() == Role.MEMORY) {
      beginMemory(pod, caller);
    } else {
      admit(pod, caller, hello);
    }
  }

  private void beginMemory(Pod pod, Caller caller) throws LinuxException {
    String objection = MemoryLife.objection(pod, caller.peer());
    if (objection.isEmpty()) {
      memory.begin(pod, caller);
    } else {
      caller.close();
      Log.warn("dial refused", "pod", pod.uid(), "why", objection);
    }
  }

  private void admit(Pod pod, Caller caller, Hello hello) throws LinuxException {
    MemoryLine line = pod.memory;
    boolean isMemory = line != null && line.peer.containerId().equals(caller.peer().containerId());
    String objection =
        isMemory ? "its container is the one that copies memory" : objection(pod, caller.peer());
    if (!objection.isEmpty()) {
      caller.close();
      Log.warn("dial refused", "pod", pod.uid(), "why", objection);
      return;
    }
    begin(pod, caller.peer(), caller.connection());
    try {
      said(pod, hello);
    } catch (WireException e) {
      Log.warn("launcher refused", "pod", pod.uid(), "why", String.valueOf(e.getMessage()));
      ended(pod);
    }
  }

  /** A caller has said nothing. */
  void unintroduced(Pod pod, Caller caller) {
    pod.callers.remove(caller);
    caller.close();
    Log.warn("launcher is silent", "pod", pod.uid(), "stage", "it dialled");
  }

  private void admit(Pod pod, Peer peer, UnixSocket connection) {
    String objection = objection(pod, peer);
    if (objection.isEmpty()) {
      begin(pod, peer, WireSocket.adopt(connection));
    } else {
      peer.close();
      connection.close();
      Log.warn("dial refused", "pod", pod.uid(), "why", objection);
    }
  }

  private static String objection(Pod pod, Peer peer) {
    Peer known = pod.peer;
    boolean other = known != null && known.pid() != peer.pid() && pod.stage != Stage.EXITED;
    // What was launched is no launcher any more: a QEMU that dials wants to be given things anew.
    return other || pod.stage == Stage.LAUNCHED
        ? "a process of this pod is known already and lives"
        : "";
  }

  private void begin(Pod pod, Peer peer, WireSocket connection) {
    pod.hangUp();
    pod.dropPeer();
    pod.peer = peer;
    pod.stage = Stage.EXPECTED;
    pod.hello = null;
    pod.failure = null;
    pod.claimed = null;
    pod.images = List.of();
    pod.connection = connection;
    pod.due = Deadline.inMillis(HELLO_MILLIS);
    records.save(pod.record());
  }

  private static void refuse(Pod pod, UnixSocket connection, PeerRefused why) {
    connection.close();
    Log.warn("dial refused", "pod", pod.uid(), "why", String.valueOf(why.getMessage()));
  }

  /** There is something to read from the launcher, or its end. */
  void readable(Pod pod, WireSocket connection) throws IOException {
    try (Incoming incoming = connection.receive(Deadline.now())) {
      if (incoming == null) {
        ended(pod);
      } else {
        said(pod, incoming.message());
      }
    } catch (WireException e) {
      Log.warn("launcher refused", "pod", pod.uid(), "why", String.valueOf(e.getMessage()));
      ended(pod);
    } catch (LinuxException e) {
      if (!e.isTimeout()) {
        ended(pod);
      }
    }
  }

  private void said(Pod pod, Message message) throws WireException {
    if (message instanceof Hello hello && pod.stage == Stage.EXPECTED) {
      if (hello.role() != pod.expect.role()) {
        throw new WireException("it says it is a " + hello.role() + " launcher");
      }
      pod.hello = hello;
      become(pod, Stage.DIALLED, Deadline.never());
      Log.info("launcher dialled", "pod", pod.uid(), "probe", hello.probe().toString());
      events.accept(dialledEvent(pod, hello));
    } else if (message instanceof Outcome.Ok ok && planned(pod)) {
      pod.claimed = ok.facts();
      pod.images = ok.images();
      pod.due = Deadline.inMillis(EXEC_MILLIS);
    } else if (message instanceof Outcome.Failed failed && pod.stage == Stage.PLANNED) {
      failed(pod, failed.reason(), failed.slot(), failed.errno(), failed.message());
      pod.hangUp();
    } else {
      throw new WireException("a " + message.getClass().getSimpleName() + " is not due");
    }
  }

  private static boolean planned(Pod pod) {
    return pod.stage == Stage.PLANNED && pod.claimed == null;
  }

  /** What the agent is told of a launcher that waits. */
  static Event dialledEvent(Pod pod, Hello hello) {
    return new Event.Dialled(pod.uid(), pod.peer == null ? "" : pod.peer.containerId(), hello);
  }

  /** The launcher has hung up: by exec, or because it is gone. */
  private void ended(Pod pod) {
    pod.hangUp();
    if (pod.stage == Stage.DIALLED) {
      become(pod, Stage.EXPECTED, Deadline.never());
    } else if (pod.stage == Stage.PLANNED) {
      List<SlotFacts> claimed = pod.claimed;
      Peer peer = pod.peer;
      if (claimed != null && peer != null && peer.hasBecomeAnother()) {
        launched(pod, peer, claimed);
      } else {
        failed(
            pod,
            LaunchReason.LAUNCHER_DIED,
            -1,
            0,
            "the launcher ended before it became its program; its log says why");
      }
    }
  }

  private void launched(Pod pod, Peer peer, List<SlotFacts> claimed) {
    try {
      pod.facts = pod.expect.role() == Role.ANCHOR ? seen(peer, claimed) : pod.sent;
    } catch (LinuxException | WireException e) {
      failed(pod, LaunchReason.OTHER, -1, 0, "what it parked cannot be taken: " + e.getMessage());
      return;
    }
    if (pod.expect.role() == Role.VMM) {
      protect(pod, peer);
    }
    become(pod, Stage.LAUNCHED, Deadline.never());
    Log.info("launched", "pod", pod.uid(), "pid", Integer.toString(peer.pid()));
    events.accept(new Event.Launched(pod.uid(), pod.facts, pod.images));
  }

  /** Looks at what an anchor has parked: its own word is not enough. */
  private static List<SlotFacts> seen(Peer peer, List<SlotFacts> claimed)
      throws LinuxException, WireException {
    var seen = new ArrayList<SlotFacts>();
    for (SlotFacts claim : claimed) {
      try (Fd fd = peer.process().getFd(claim.slot())) {
        SlotFacts fact = SlotFacts.of(claim.slot(), fd);
        if (!fact.isAs(claim)) {
          throw new WireException("slot " + claim.slot() + " holds " + fact + ", not " + claim);
        }
        seen.add(fact);
      }
    }
    return seen;
  }

  /** All that a process has at the slots of an anchor. */
  static List<SlotFacts> parked(Peer peer) {
    var parked = new ArrayList<SlotFacts>();
    for (int slot = Slots.RAM; slot < Slots.END; slot++) {
      if (slot >= Slots.QMP && !Slots.isDisk(slot) && !Slots.isTap(slot)) {
        continue;
      }
      try (Fd fd = peer.process().getFd(slot)) {
        parked.add(SlotFacts.of(slot, fd));
      } catch (LinuxException e) {
        // Nothing lies at that slot.
      }
    }
    return parked;
  }

  /**
   * QEMU maps the whole guest but requests little: by itself it would be the first to be killed.
   */
  private static void protect(Pod pod, Peer peer) {
    long ram = 0;
    for (SlotFacts fact : pod.facts) {
      if (fact.slot() == Slots.RAM) {
        ram = fact.size();
      }
    }
    int score = OomScore.ofGuest(ram);
    try (ProcDirectory proc = ProcDirectory.of(peer.process())) {
      proc.setOomScoreAdjustment(score);
    } catch (LinuxException e) {
      Log.warn(
          "oom_score_adj not set",
          "pod",
          pod.uid(),
          "score",
          Integer.toString(score),
          "error",
          String.valueOf(e.getMessage()));
    }
  }

  private void failed(Pod pod, LaunchReason reason, int slot, int errno, String message) {
    var failure = new Event.LaunchFailed(pod.uid(), reason, slot, errno, message);
    pod.failure = failure;
    become(pod, Stage.EXPECTED, Deadline.never());
    Log.warn("launch failed", "pod", pod.uid(), "reason", reason.word(), "message", message);
    events.accept(failure);
  }

  /** A plan was sent. */
  void plan(Pod pod, List<SlotFacts> sent) {
    pod.sent = List.copyOf(sent);
    pod.claimed = null;
    become(pod, Stage.PLANNED, Deadline.inMillis(OUTCOME_MILLIS));
  }

  /** The launcher did not say in time what was due. */
  void overdue(Pod pod) {
    Log.warn("launcher is silent", "pod", pod.uid(), "stage", pod.stage.name());
    ended(pod);
  }

  /** The process is dead: its pidfd is readable. */
  void exited(Pod pod) {
    if (pod.stage == Stage.PLANNED) {
      ended(pod);
    }
    pod.hangUp();
    if (pod.peer != null) {
      pod.peer.close();
    }
    if (pod.expect.role() == Role.VMM) {
      pod.unbind(); // it is never restarted: nobody will dial here again
    }
    become(pod, Stage.EXITED, Deadline.never());
    Log.info("exited", "pod", pod.uid());
    events.accept(new Event.Exited(pod.uid()));
  }

  private void become(Pod pod, Stage stage, Deadline due) {
    pod.stage = stage;
    pod.due = due;
    records.save(pod.record());
  }
}
