package dev.moult.broker.pod;

import dev.moult.broker.Refusal;
import dev.moult.broker.Settings;
import dev.moult.broker.log.Log;
import dev.moult.broker.peer.Peer;
import dev.moult.broker.peer.PeerRefused;
import dev.moult.broker.peer.Peers;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.mount.MountTable;
import dev.moult.linux.process.PidFd;
import dev.moult.wire.Event;
import dev.moult.wire.MemoryOrder;
import dev.moult.wire.Plan;
import dev.moult.wire.PodStatus;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The pods that the agent expects. Every method may be called from any thread: the work itself is
 * done on the loop's, in turn, and waits for nothing.
 */
public final class Pods implements AutoCloseable {
  private static final long SEND_MILLIS = 1_000;
  private static final Consumer<Event> NOBODY = event -> {};

  private final Records records;
  private final PodLife life;
  private final MemoryLife memory;
  private final Arrivals arrivals;
  private final Loop loop;
  private final Map<String, Pod> pods = new LinkedHashMap<>();
  private Consumer<Event> agent = NOBODY;

  private Pods(Settings settings, Records records, MountTable mounts) throws LinuxException {
    this.records = records;
    this.memory = new MemoryLife(event -> agent.accept(event));
    this.life = new PodLife(records, memory, event -> agent.accept(event));
    this.arrivals = new Arrivals(settings.pods(), mounts, life, memory, pods.values());
    this.loop = new Loop(arrivals::watches);
  }

  /** Starts the loop, with the pods of the broker before this one found again. */
  public static Pods start(Settings settings) throws IOException {
    var records = new Records(settings.records());
    var pods = new Pods(settings, records, MountTable.open());
    for (PodRecord record : records.load()) {
      pods.restore(record);
    }
    pods.arrivals.bindMounted();
    pods.loop.start();
    return pods;
  }

  /** Expects a pod: its socket is bound as soon as its emptyDir is mounted. */
  public void expect(Expect expect) throws Refusal {
    String conflict =
        loop.call(() -> {
          Pod known = pods.get(expect.podUid());
          if (known == null) {
            Pod pod = new Pod(expect);
            pods.put(expect.podUid(), pod);
            records.save(pod.record());
            arrivals.bindMounted();
            return "";
          }
          return known.expect.equals(expect) ? "" : "it is expected as " + known.expect;
        });
    if (!conflict.isEmpty()) {
      throw new Refusal(RefusalReason.BAD_REQUEST, conflict);
    }
  }

  /** Forgets a pod, if it is known. */
  public void forget(String podUid) {
    loop.call(() -> {
      Pod pod = pods.remove(podUid);
      if (pod != null) {
        pod.hangUp();
        pod.hangUpOthers();
        pod.unbind();
        pod.dropPeer();
      }
      records.delete(podUid);
      return true;
    });
  }

  /** All pods that are expected. */
  public List<PodStatus> list() {
    return loop.call(() -> {
      var all = new ArrayList<PodStatus>();
      for (Pod pod : pods.values()) {
        all.add(pod.status());
      }
      return all;
    });
  }

  /** The pods of a role that have not become their program: nothing was done for them for good. */
  public List<Expect> unlaunched(Role role) {
    return loop.call(() ->
        pods.values().stream()
            .filter(pod -> pod.stage != Stage.LAUNCHED && pod.stage != Stage.EXITED)
            .map(pod -> pod.expect)
            .filter(expect -> expect.role() == role)
            .toList());
  }

  /** What was asked for about a pod. */
  public Expect expected(String podUid) throws Refusal {
    Expect expect =
        loop.callNullable(() -> {
          Pod pod = pods.get(podUid);
          return pod == null ? null : pod.expect;
        });
    if (expect == null) {
      throw unknown(podUid);
    }
    return expect;
  }

  /**
   * A pod's proved process.
   *
   * @throws Refusal UNKNOWN_POD, NOT_DIALLED, or GONE when it is proved dead
   */
  public PodProcess process(String podUid) throws Refusal {
    expected(podUid);
    PodProcess process =
        loop.callNullable(() -> {
          Pod pod = pods.get(podUid);
          Peer peer = pod == null ? null : pod.peer;
          if (pod == null || peer == null || pod.stage == Stage.EXITED) {
            return null;
          }
          PidFd own = PidFd.adopt(peer.process().fd().dup());
          return new PodProcess(pod.expect, pod.stage, own, pod.facts, pod.images);
        });
    if (process == null) {
      throw isExited(podUid)
          ? new Refusal(RefusalReason.GONE, "pod " + podUid + "'s process is dead")
          : new Refusal(RefusalReason.NOT_DIALLED, "no launcher of pod " + podUid + " has dialled");
    }
    return process;
  }

  /** Whether the pod's process is proved dead. */
  public boolean isExited(String podUid) {
    return loop.call(() -> {
      Pod pod = pods.get(podUid);
      return pod != null && pod.stage == Stage.EXITED;
    });
  }

  /**
   * Sends a plan to a launcher that waits for one.
   *
   * @param descriptors borrowed
   * @param facts what the descriptors are, with their slots
   */
  public void sendPlan(String podUid, Plan plan, List<Fd> descriptors, List<SlotFacts> facts)
      throws Refusal {
    String failure =
        loop.call(() -> {
          Pod pod = pods.get(podUid);
          WireSocket connection = pod == null ? null : pod.connection;
          if (pod == null || connection == null || pod.stage != Stage.DIALLED) {
            return "no launcher of pod " + podUid + " waits for a plan";
          }
          try {
            connection.send(plan, descriptors, Deadline.inMillis(SEND_MILLIS));
            life.plan(pod, facts);
            return "";
          } catch (IOException e) {
            return "the launcher of pod " + podUid + " did not take its plan: " + e;
          }
        });
    if (!failure.isEmpty()) {
      throw new Refusal(RefusalReason.NOT_DIALLED, failure);
    }
  }

  /**
   * Gives work to the memory container of an anchor's pod.
   *
   * @param descriptors borrowed
   * @throws Refusal UNKNOWN_POD, NOT_DIALLED, or BAD_REQUEST while it does something else
   */
  public void order(String podUid, MemoryOrder order, List<Fd> descriptors) throws Refusal {
    expected(podUid);
    Refusal refusal =
        loop.callNullable(() -> {
          Pod pod = pods.get(podUid);
          return pod == null ? unknown(podUid) : memory.order(pod, order, descriptors);
        });
    if (refusal != null) {
      throw refusal;
    }
  }

  /** From now on an agent hears all events; first what is outstanding. */
  public void tell(Consumer<Event> listener) {
    loop.call(() -> {
      agent = listener;
      for (Pod pod : pods.values()) {
        repeat(pod);
      }
      return true;
    });
  }

  /** Nobody hears events from now on. */
  public void tellNobody() {
    loop.call(() -> {
      agent = NOBODY;
      return true;
    });
  }

  private void repeat(Pod pod) {
    if (pod.stage == Stage.DIALLED && pod.hello != null) {
      agent.accept(PodLife.dialledEvent(pod, pod.hello));
    }
    if (pod.failure != null) {
      agent.accept(pod.failure);
    }
    if (pod.stage == Stage.EXITED) {
      agent.accept(new Event.Exited(pod.uid()));
    }
    MemoryLife.repeat(pod, agent);
  }

  private static Refusal unknown(String podUid) {
    return new Refusal(RefusalReason.UNKNOWN_POD, "pod " + podUid + " is not expected");
  }

  /**
   * Finds a recorded pod again. A launcher that waited dials again by itself, since its connection
   * ended with the broker; one that had its plan may have become its program meanwhile.
   */
  private void restore(PodRecord record) {
    var pod = new Pod(record.expect());
    pods.put(pod.uid(), pod);
    PodRecord.Process process = record.process();
    if (process == null) {
      return;
    }
    try {
      Peer peer =
          Peers.again(
              process.pid(),
              process.startTime(),
              pod.uid(),
              process.containerId(),
              process.program());
      pod.peer = peer;
      pod.facts = record.facts();
      pod.images = record.images();
      boolean planned = record.stage() == Stage.PLANNED && peer.hasBecomeAnother();
      if (planned && pod.expect.role() == Role.ANCHOR) {
        pod.facts = PodLife.parked(peer); // nobody heard its outcome
      }
      pod.stage = planned || record.stage() == Stage.LAUNCHED ? Stage.LAUNCHED : Stage.EXPECTED;
    } catch (PeerRefused e) {
      pod.stage = Stage.EXITED;
      Log.info("died while no broker ran", "pod", pod.uid(), "why", String.valueOf(e.getMessage()));
    }
    records.save(pod.record());
    Log.info("found again", "pod", pod.uid(), "stage", pod.stage.name());
  }

  /** Ends the loop; sockets and records stay for the next broker. */
  @Override
  public void close() {
    loop.close();
    arrivals.close();
  }
}
