package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.VmJournal;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.linux.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one VM: takes signals in, asks what is to be done, does it, tells. It alone touches
 * the VM's state and its journal.
 */
public final class VmWorker {
  private static final Logger LOG = Logger.getLogger(VmWorker.class);
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** QEMU's events that may wait while a step takes long. A handoff has about 40. */
  private static final int MOST_UNHEARD = 1_000;

  private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String vmUid;
  private final NodeContext node;
  private final VmState state;
  private final VmSteps steps;
  private final LinkedBlockingQueue<VmSignal> mailbox = new LinkedBlockingQueue<>();
  private final AtomicInteger unheardEvents = new AtomicInteger();
  private final Thread thread;
  private final Runnable whenIdle;
  private volatile long beatNanos = System.nanoTime();
  private volatile boolean stopping;
  private volatile @Nullable Glimpse shown;
  private volatile boolean updating;
  private volatile boolean unsettled;
  private long retryNanos = FIRST_RETRY_NANOS;
  private long notBeforeNanos = System.nanoTime();
  private @Nullable GuestRecord toldGuest;
  private @Nullable FreezeRecord toldFreeze;

  /**
   * For one VM; its journal is read at once.
   *
   * @param whenIdle called, from its thread, when nothing of the VM is known any more
   */
  public VmWorker(NodeContext node, VmJournal journal, Runnable whenIdle) throws IOException {
    this.vmUid = journal.vmUid();
    this.node = node;
    this.whenIdle = whenIdle;
    this.state = new VmState(node.nodeName(), journal, node.clock());
    this.steps = new VmSteps(node, state, new Signals());
    this.unsettled = state.isUnsettled();
    RunRecord run = state.run();
    // What an earlier agent told is not an event again.
    this.toldGuest = run == null ? null : run.guest();
    this.toldFreeze = run == null ? null : run.freeze();
    // NATIVE: a platform thread: broker and relay calls sit in poll and recvmsg.
    this.thread =
        Thread.ofPlatform().daemon().name("vm-" + vmUid.substring(0, 8)).unstarted(this::run);
  }

  /** Starts its thread. */
  public void start() {
    thread.start();
  }

  /** Something happened. A QEMU that says more than is listened to is not heard. */
  public void post(VmSignal signal) {
    if (signal instanceof VmSignal.Monitored monitored
        && unheardEvents.incrementAndGet() > MOST_UNHEARD
        && !monitored.event().isClosed()) {
      unheardEvents.decrementAndGet();
      return;
    }
    mailbox.add(signal);
  }

  /** When its thread last showed that it is alive, monotonic. */
  public long beatNanos() {
    return beatNanos;
  }

  /** What its guest does, for the metrics; null when there is none. */
  public @Nullable GuestRecord guest() {
    Glimpse now = shown;
    return now == null ? null : now.run().guest();
  }

  /** What is shown of it; null when there is no run. */
  @Nullable Glimpse glimpse() {
    return shown;
  }

  /** Whether a handoff is under way. */
  public boolean isUpdating() {
    return updating;
  }

  /** Whether an earlier agent's handoff waits to be decided: its guest may stand still. */
  boolean isUnsettled() {
    return unsettled;
  }

  /** Asks it to end: a handoff is finished or rolled back first. */
  public void stop() {
    stopping = true;
    post(new VmSignal.Wake());
  }

  /**
   * Ends it because nothing of its VM is left; called by its own thread.
   *
   * @return false when a signal came meanwhile: then it goes on
   */
  boolean retire() {
    stopping = mailbox.isEmpty();
    return stopping;
  }

  /** Waits for its end. */
  public void join(Duration most) throws InterruptedException {
    thread.join(most);
  }

  private void run() {
    try {
      while (!stopping) {
        turn();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      steps.close();
    }
  }

  private void turn() throws InterruptedException {
    try {
      step();
      steps.inspect();
      tell();
      if (state.isEmpty()) {
        whenIdle.run();
      }
      if (!stopping) {
        takeIn(waitNanos());
      }
    } catch (RuntimeException e) {
      // A journal that takes nothing, say: no VM is left without its thread.
      LOG.errorf(e, "going on after an error vm=%s", vmUid);
      later();
      Thread.sleep(Duration.ofNanos(Math.min(retryNanos, TimeUnit.SECONDS.toNanos(1))));
    }
  }

  private long waitNanos() {
    long retry = notBeforeNanos - System.nanoTime();
    long next = state.nanosToNextDeadline(IDLE.toNanos());
    return retry > 0 ? Math.min(retry, next) : next;
  }

  private void takeIn(long mostNanos) throws InterruptedException {
    beatNanos = System.nanoTime();
    VmSignal signal = mailbox.poll(mostNanos, TimeUnit.NANOSECONDS);
    while (signal != null) {
      if (signal instanceof VmSignal.Monitored) {
        unheardEvents.decrementAndGet();
      }
      state.apply(signal);
      signal = mailbox.poll();
    }
    beatNanos = System.nanoTime();
  }

  /** Does what there is to do, until there is nothing. */
  private void step() throws InterruptedException {
    if (notBeforeNanos - System.nanoTime() > 0) {
      return;
    }
    Step next = RunPlanner.next(state.scene());
    while (!(next instanceof Step.Rest) && !stopping) {
      beatNanos = System.nanoTime();
      try {
        LOG.debugf("step %s vm=%s", next, vmUid);
        updating = next instanceof Step.Conduct || next instanceof Step.Settle;
        steps.perform(next);
        unsettled = state.isUnsettled();
        retryNanos = FIRST_RETRY_NANOS;
      } catch (BrokerException | IOException e) {
        LOG.warnf("step %s failed, trying again vm=%s: %s", next, vmUid, e.getMessage());
        later();
        return;
      } catch (RuntimeException e) {
        LOG.errorf(e, "step %s failed, trying again vm=%s", next, vmUid);
        later();
        return;
      } finally {
        updating = false;
      }
      takeIn(0);
      next = RunPlanner.next(state.scene());
    }
  }

  private void later() {
    notBeforeNanos = System.nanoTime() + retryNanos;
    retryNanos = Math.min(LAST_RETRY_NANOS, retryNanos * 2);
  }

  private void tell() {
    RunRecord run = state.run();
    shown = run == null ? null : new Glimpse(run, state.monitor(), this::isUpdating);
    steps.tellResult();
    VirtualMachine vm = state.vm();
    if (run == null || vm == null || vm.getStatus() == null) {
      return;
    }
    if (!run.runId().equals(vm.getStatus().runID())) {
      return;
    }
    node.teller().vm(vm, run, state.blockers(), state.guestView(), state.probes());
    state.watchdog().tell(message -> node.teller().watchdog(vm, message));
    GuestRecord told = toldGuest;
    if (told == null || told.state() != run.guest().state()) {
      toldGuest = run.guest();
      node.teller().guest(vm, run);
    }
    FreezeRecord freeze = run.freeze();
    if (freeze != null && !freeze.isSame(toldFreeze)) {
      toldFreeze = freeze;
      node.teller().freeze(vm, freeze);
    }
  }

  /** What a step that takes long sees of the world meanwhile. */
  final class Signals {
    boolean until(BooleanSupplier condition, Deadline deadline) throws InterruptedException {
      takeIn(0); // what was said while nobody waited counts too
      while (true) {
        if (condition.getAsBoolean()) {
          return true;
        }
        if (deadline.isPassed()) {
          return false;
        }
        takeIn(Math.min(deadline.remainingNanos(), IDLE.toNanos()));
      }
    }

    boolean stopping() {
      return stopping;
    }

    void post(VmSignal signal) {
      VmWorker.this.post(signal);
    }

    Optional<VirtualMachine> vm() {
      return Optional.ofNullable(state.vm());
    }
  }
}
