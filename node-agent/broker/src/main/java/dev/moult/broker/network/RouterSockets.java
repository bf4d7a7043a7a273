package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.log.Log;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.PodContainer;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.Icmp6Socket;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives guests' routers the one thing that they may not make: a raw ICMPv6 socket. The server that
 * advertises IPv6 to a guest runs beside its anchor without any capability, and dials an abstract
 * name in that network. What it is given receives from the guest's tap alone, and what it sends has
 * a mark by which the guest's rules keep it there.
 */
final class RouterSockets implements AutoCloseable {
  /** The abstract name, also in images/java/router.c. */
  static final String NAME = "moult-router";

  /** What is sent by a router's socket; see {@link Ipv6Plan#nftRules}. */
  static final int MARK = 0x6d36;

  private static final int BACKLOG = 4;

  /** After each dial, so that a pod that dials without end costs ten looks a second. */
  private static final long DEAF_MILLIS = 100;

  private static final long SEND_MILLIS = 1_000;

  private final Map<String, Door> doors = new HashMap<>(); // by anchor; guarded by itself
  private final List<Door> ended = new ArrayList<>(); // guarded by doors
  private final EventFd wake = EventFd.create();
  private final Thread thread = Thread.ofPlatform().daemon().name("routers").unstarted(this::run);
  private volatile boolean closed;

  RouterSockets() throws LinuxException {
    thread.start();
  }

  /**
   * Where one guest's router dials. Used by the thread alone, once it is in the map.
   *
   * @param podUid the anchor
   * @param namespace its network
   */
  private record Door(String podUid, Fd namespace, UnixListener listener) {
    void close() {
      listener.close();
      namespace.close();
    }
  }

  /** Listens in an anchor's network, until {@link #end}. */
  void serve(PodProcess anchor) throws Refusal, LinuxException {
    String podUid = anchor.expect().podUid();
    synchronized (doors) {
      if (doors.containsKey(podUid)) {
        return;
      }
    }
    UnixListener listener =
        PodNamespace.call(
            anchor, () -> UnixListener.bindAbstract(UnixSocket.Type.SEQPACKET, NAME, BACKLOG));
    try (ProcDirectory proc = ProcDirectory.of(anchor.process())) {
      Door door = new Door(podUid, proc.networkNamespace(), listener);
      synchronized (doors) {
        doors.put(podUid, door); // requests of one VM wait for each other
      }
      wake.signal();
    } catch (LinuxException e) {
      listener.close();
      throw e;
    }
  }

  /** Listens no longer for an anchor's. */
  void end(String podUid) {
    synchronized (doors) {
      Door door = doors.remove(podUid);
      if (door == null) {
        return;
      }
      ended.add(door); // the thread may be waiting at it
    }
    signal();
  }

  private void run() {
    Map<String, Deadline> deaf = new HashMap<>();
    while (!closed) {
      try {
        turn(deaf);
      } catch (LinuxException | RuntimeException e) {
        Log.warn("routers' sockets failed", "error", e.toString());
      }
    }
  }

  private void turn(Map<String, Deadline> deaf) throws LinuxException {
    var waits = new ArrayList<Poll.Watch>();
    var heard = new ArrayList<Door>();
    waits.add(Poll.Watch.readable(wake.fd()));
    synchronized (doors) {
      ended.forEach(Door::close);
      ended.clear();
      deaf.values().removeIf(Deadline::isPassed);
      for (Door door : doors.values()) {
        if (!deaf.containsKey(door.podUid)) {
          heard.add(door);
          waits.add(Poll.Watch.readable(door.listener.fd()));
        }
      }
    }
    int[] ready =
        Poll.await(waits, deaf.isEmpty() ? Deadline.never() : Deadline.inMillis(DEAF_MILLIS));
    boolean unused = wake.drain();
    for (int i = 0; i < heard.size(); i++) {
      if (ready[i + 1] != 0) {
        deaf.put(heard.get(i).podUid, Deadline.inMillis(DEAF_MILLIS));
        answer(heard.get(i));
      }
    }
  }

  private static void answer(Door door) {
    try (UnixSocket connection = door.listener.accept(Deadline.now());
        PidFd process = PidFd.adopt(connection.peerPidFd())) {
      if (!isOf(door.podUid, process)) {
        Log.warn("dial of a router refused", "pod", door.podUid);
        return;
      }
      try (Fd socket =
          NetworkNamespace.call(door.namespace, () -> Icmp6Socket.boundTo(NetworkPlan.TAP, MARK))) {
        connection.send(new byte[1], List.of(socket), Deadline.inMillis(SEND_MILLIS));
      }
      Log.info("router has its socket", "pod", door.podUid);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) { // what work in a namespace throws
      Log.warn("router has no socket", "pod", door.podUid, "error", e.toString());
    }
  }

  /** By its cgroup, which only kubelet and runtime write, and read while it lived. */
  private static boolean isOf(String podUid, PidFd process) throws LinuxException {
    try (ProcDirectory proc = ProcDirectory.of(process)) {
      return proc.podContainer().map(PodContainer::podUid).filter(podUid::equals).isPresent()
          && process.isAlive();
    }
  }

  private void signal() {
    try {
      wake.signal();
    } catch (LinuxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    signal();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return; // the descriptors go with the process
    }
    synchronized (doors) {
      ended.forEach(Door::close);
      doors.values().forEach(Door::close);
      doors.clear();
    }
    wake.close();
  }
}
