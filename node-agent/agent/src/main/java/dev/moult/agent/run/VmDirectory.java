package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerLink;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.VmJournal;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.PodStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The VMs of this node, each with its thread; hands every signal to the one it is about. */
public final class VmDirectory implements BrokerLink.Listener {
  private static final Logger LOG = Logger.getLogger(VmDirectory.class);

  private static final long LOOK_AGAIN_MILLIS = 5;

  /** The longest single wait of a VM's thread is 30 s (a kill, a greeting). */
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(75);

  private final Journal journal;
  private final NodeContext node;
  private final Map<String, VmWorker> workers = new HashMap<>(); // guarded by this
  private final Map<String, String> vmOfPod = new HashMap<>(); // guarded by this
  // Launchers that dialled before their VM was seen; guarded by this.
  private final Map<String, Event> early = new HashMap<>();
  // Whose journal was not readable when it was to begin; guarded by this.
  private final Set<String> unreadable = new HashSet<>();
  // As of when it was connected, without VMs whose thread has ended since; guarded by this.
  private List<PodStatus> brokerKnows = List.of();
  private boolean brokerUp; // guarded by this
  private boolean listed; // the API server's pods were listed; guarded by this
  private boolean stopped; // guarded by this

  /** Over the node's journal; {@link #load} reads it. */
  public VmDirectory(Journal journal, NodeContext node) {
    this.journal = journal;
    this.node = node;
  }

  /** Begins with what the journal says, before anybody else is asked. */
  public synchronized void load() throws IOException {
    for (VmJournal each : journal.all()) {
      if (isEmpty(each)) {
        each.forget();
      } else {
        var unused = worker(each.vmUid());
      }
    }
  }

  private static boolean isEmpty(VmJournal journal) {
    try {
      return journal.run().isEmpty() && journal.update().isEmpty();
    } catch (IOException e) {
      return false; // what is not readable says something, to a newer agent perhaps
    }
  }

  /**
   * Waits until the handoffs of an earlier agent are decided: until then their guests may stand
   * still, and all that this process does beside delays them.
   *
   * @param most one that takes longer goes on beside the rest
   */
  public void awaitSettled(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (isAnyUnsettled() && System.nanoTime() - end < 0) {
      Thread.sleep(LOOK_AGAIN_MILLIS);
    }
  }

  private synchronized boolean isAnyUnsettled() {
    return workers.values().stream().anyMatch(VmWorker::isUnsettled);
  }

  /** Something happened to a VM; its thread is made if it has none. */
  public synchronized void post(String vmUid, VmSignal signal) {
    if (stopped) {
      return;
    }
    VmWorker worker = worker(vmUid);
    if (worker == null) {
      return;
    }
    worker.post(signal);
    if (signal instanceof VmSignal.PodSeen seen) {
      String podUid = seen.pod().uid();
      vmOfPod.put(podUid, vmUid);
      Event event = early.remove(podUid);
      if (event != null) {
        worker.post(new VmSignal.Brokered(event));
      }
    } else if (signal instanceof VmSignal.PodGone gone) {
      vmOfPod.remove(gone.podUid());
    }
  }

  /** Something happened to a VM that may not be known here; then it is nobody's. */
  public synchronized void postIfKnown(String vmUid, VmSignal signal) {
    VmWorker worker = workers.get(vmUid);
    if (worker != null) {
      worker.post(signal);
    }
  }

  /** The first complete listing: whatever it does not name is gone. */
  public synchronized void listed(VmSignal.Listed existing) {
    listed = true;
    lookAfterRemembered();
    workers.values().forEach(worker -> worker.post(existing));
  }

  /** A VM's thread, made if it has none; null while nobody can tell what its journal says. */
  private @Nullable VmWorker worker(String vmUid) {
    VmWorker known = workers.get(vmUid);
    if (known != null || unreadable.contains(vmUid)) {
      return known;
    }
    try {
      VmWorker made = new VmWorker(node, journal.of(vmUid), () -> retire(vmUid));
      workers.put(vmUid, made);
      if (brokerUp) {
        made.post(new VmSignal.BrokerBack(brokerKnows, listed));
      }
      made.start();
      return made;
    } catch (IOException e) {
      // One VM must not keep the node's others from their agent.
      LOG.errorf(
          "%s. Its guest is left alone, nobody looks after it: install the agent that wrote this.",
          e.getMessage());
      unreadable.add(vmUid);
      return null;
    }
  }

  /** What only the broker remembers, of a VM that went while no agent was there, goes too. */
  private void lookAfterRemembered() {
    if (listed) {
      brokerKnows.forEach(pod -> worker(pod.vmUid()));
    }
  }

  private synchronized void retire(String vmUid) {
    VmWorker worker = workers.get(vmUid);
    if (worker != null && worker.retire()) {
      workers.remove(vmUid);
      vmOfPod.values().removeIf(vmUid::equals);
      // It has had the broker forget all of them: the VM's next run must not wait for their end.
      brokerKnows = brokerKnows.stream().filter(pod -> !pod.vmUid().equals(vmUid)).toList();
    }
  }

  @Override
  public synchronized void said(Event event) {
    String vmUid = vmOfPod.get(event.podUid());
    if (vmUid == null) {
      vmUid =
          brokerKnows.stream()
              .filter(pod -> pod.podUid().equals(event.podUid()))
              .map(PodStatus::vmUid)
              .findFirst()
              .orElse(null);
    }
    VmWorker worker = vmUid == null ? null : workers.get(vmUid);
    if (worker != null) {
      worker.post(new VmSignal.Brokered(event));
    } else if (!(event instanceof Event.OfMemory)) {
      early.put(event.podUid(), event);
    }
  }

  @Override
  public synchronized void back(List<PodStatus> pods, Answer.Capabilities capabilities) {
    node.inventory().found(capabilities);
    brokerKnows = List.copyOf(pods);
    brokerUp = true;
    workers.values().forEach(worker -> worker.post(new VmSignal.BrokerBack(brokerKnows, listed)));
    lookAfterRemembered();
  }

  @Override
  public synchronized void gone() {
    brokerUp = false;
    early.clear();
    workers.values().forEach(worker -> worker.post(new VmSignal.BrokerGone()));
  }

  /** What the guests do. */
  public synchronized Collection<GuestRecord> guests() {
    return workers.values().stream().map(VmWorker::guest).filter(Objects::nonNull).toList();
  }

  /** The VMs that have a run, as their threads last showed them. */
  public synchronized Collection<Glimpse> glimpses() {
    return workers.values().stream().map(VmWorker::glimpse).filter(Objects::nonNull).toList();
  }

  /** How many handoffs are under way. */
  public synchronized long updating() {
    return workers.values().stream().filter(VmWorker::isUpdating).count();
  }

  /** Whether every VM's thread has shown lately that it lives. */
  public synchronized boolean isAlive() {
    long now = System.nanoTime();
    return workers.values().stream().allMatch(worker -> now - worker.beatNanos() < STUCK_NANOS);
  }

  /** Asks all threads to end; a handoff under way is finished or rolled back first. */
  public void stop(Duration most) throws InterruptedException {
    List<VmWorker> all;
    synchronized (this) {
      stopped = true;
      all = new ArrayList<>(workers.values());
    }
    long updating = all.stream().filter(VmWorker::isUpdating).count();
    if (updating > 0) {
      LOG.infof("ending %d handoffs first", updating);
    }
    all.forEach(VmWorker::stop);
    long end = System.nanoTime() + most.toNanos();
    for (VmWorker worker : all) {
      worker.join(Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime())));
    }
  }
}
