package dev.moult.agent.meter;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.run.Glimpse;
import dev.moult.qemu.qmp.QmpException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the node's VMs. Who asks waits a moment for those that are due; a QEMU that does
 * not answer delays nobody: its last values stay for a while, then it has none.
 */
public final class VmMeters {
  private static final Logger LOG = Logger.getLogger(VmMeters.class);

  /** Two readings of a VM are so far apart: enough for whoever looks for two seconds. */
  private static final long APART = TimeUnit.SECONDS.toNanos(1);

  /**
   * Everybody in the pod network may scrape, as often as he likes: a VM is read at most so often.
   */
  private static final int MOST = 3;

  private static final long MOST_WITHIN = TimeUnit.SECONDS.toNanos(10);

  /** After a failure: a QEMU that hangs is not asked at every scrape. */
  private static final long AFTER_FAILURE = TimeUnit.SECONDS.toNanos(60);

  /** A handoff of another VM has the node to itself for so long; a fleet's may follow closely. */
  private static final long BESIDE_HANDOFFS = TimeUnit.SECONDS.toNanos(60);

  /** Older values say nothing any more: more than two of the longest usual scrape intervals. */
  private static final long STALE = TimeUnit.SECONDS.toNanos(150);

  private static final int AT_ONCE = 4;

  private final Supplier<Collection<Glimpse>> vms;
  private final Reader reader;
  private final Duration patience;
  private final LongSupplier nanos;
  private final Map<String, Meter> meters = new HashMap<>(); // by the VM's uid; guarded by this
  private final Semaphore free = new Semaphore(AT_ONCE);

  /** One VM's meter; guarded by the meters. */
  private static final class Meter {
    private @Nullable Totals totals;
    private long readNanos;
    private final Deque<Long> begun = new ArrayDeque<>(MOST); // when its last readings were
    private long restUntil;
    private @Nullable CompletableFuture<Void> reading;
  }

  /**
   * A VM and what it uses.
   *
   * @param vm the VM
   * @param totals empty when nothing is known, or not any more
   * @param readNanos when they were read; of no meaning without them
   */
  record Metered(Glimpse vm, Optional<Totals> totals, long readNanos) {}

  /** Of these VMs. */
  public VmMeters(Supplier<Collection<Glimpse>> vms, Reader reader) {
    this(vms, reader, Duration.ofMillis(500), System::nanoTime);
  }

  VmMeters(
      Supplier<Collection<Glimpse>> vms, Reader reader, Duration patience, LongSupplier nanos) {
    this.vms = vms;
    this.reader = reader;
    this.patience = patience;
    this.nanos = nanos;
  }

  /** All VMs; meters of those that are gone are forgotten. */
  List<Metered> look() {
    Collection<Glimpse> now = vms.get();
    await(begin(now));
    synchronized (this) {
      return now.stream().map(this::metered).toList();
    }
  }

  private synchronized List<CompletableFuture<Void>> begin(Collection<Glimpse> now) {
    meters.keySet().retainAll(now.stream().map(vm -> vm.run().vmUid()).toList());
    boolean handoff = now.stream().anyMatch(vm -> vm.updating().getAsBoolean());
    List<CompletableFuture<Void>> begun = new ArrayList<>();
    for (Glimpse vm : now) {
      Meter meter = meters.computeIfAbsent(vm.run().vmUid(), uid -> fresh());
      if (meter.reading == null && isDue(vm, meter, handoff)) {
        if (meter.begun.size() == MOST) {
          meter.begun.removeFirst();
        }
        meter.begun.addLast(nanos.getAsLong());
        meter.reading = new CompletableFuture<>();
        begun.add(meter.reading);
        var unused =
            Thread.ofVirtual().name("meter-" + vm.run().name()).start(() -> read(vm, meter));
      }
    }
    return begun;
  }

  private Meter fresh() {
    Meter meter = new Meter();
    meter.restUntil = nanos.getAsLong();
    return meter;
  }

  private boolean isDue(Glimpse vm, Meter meter, boolean handoff) {
    long now = nanos.getAsLong();
    boolean wanted = !vm.run().guest().ended() && now - meter.restUntil >= 0 && hasTurn(meter, now);
    boolean fresh = meter.totals != null && now - meter.readNanos < BESIDE_HANDOFFS;
    return wanted && !vm.updating().getAsBoolean() && !(handoff && fresh);
  }

  private static boolean hasTurn(Meter meter, long now) {
    Long first = meter.begun.peekFirst();
    Long last = meter.begun.peekLast();
    if (first == null || last == null) {
      return true;
    }
    boolean few = meter.begun.size() < MOST || now - first >= MOST_WITHIN;
    return few && now - last >= APART;
  }

  private void read(Glimpse vm, Meter meter) {
    Optional<Reading> reading = Optional.empty();
    boolean failed = false;
    try {
      free.acquire();
      try {
        reading = reader.read(vm);
      } finally {
        free.release();
      }
    } catch (QmpException.Closed e) {
      LOG.debugf("its QEMU has hung up vm=%s", vm.run().vmUid());
    } catch (QmpException | BrokerException e) {
      failed = true;
      LOG.debugf("not measured vm=%s: %s", vm.run().vmUid(), e.getMessage());
    } catch (RuntimeException e) {
      failed = true;
      LOG.warnf(e, "not measured vm=%s", vm.run().vmUid());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended(meter, reading, failed);
    }
  }

  private void ended(Meter meter, Optional<Reading> reading, boolean failed) {
    CompletableFuture<Void> done;
    synchronized (this) {
      reading.ifPresent(one -> {
        meter.totals = meter.totals == null ? Totals.of(one) : meter.totals.with(one);
        meter.readNanos = nanos.getAsLong();
      });
      if (failed) {
        meter.restUntil = nanos.getAsLong() + AFTER_FAILURE;
      }
      done = meter.reading;
      meter.reading = null;
    }
    if (done != null) {
      done.complete(null);
    }
  }

  private void await(List<CompletableFuture<Void>> begun) {
    try {
      CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new))
          .get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // What is not there yet is the next one's.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Metered metered(Glimpse vm) {
    Meter meter = meters.get(vm.run().vmUid());
    return meter == null
        ? new Metered(vm, Optional.empty(), 0)
        : new Metered(vm, totals(vm, meter), meter.readNanos);
  }

  private Optional<Totals> totals(Glimpse vm, Meter meter) {
    return Optional.ofNullable(meter.totals)
        .filter(totals -> totals.last().runId().equals(vm.run().runId()))
        .filter(totals -> !vm.run().guest().ended())
        .filter(totals -> nanos.getAsLong() - meter.readNanos < STALE);
  }
}
