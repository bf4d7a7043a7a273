package dev.moult.launcher;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.MemoryOrder;
import dev.moult.wire.MemoryReport;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.Message;
import dev.moult.wire.Probe;
import dev.moult.wire.Role;
import dev.moult.wire.WireException;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory container's conversations with brokers: hello, then one work at a time, with a word on
 * how far it is each second. Work is for the broker that gave it: it ends when that goes away, and
 * is then asked for again.
 */
final class MemoryService {
  private static final long SEND_MILLIS = 10_000;
  private static final long PROGRESS_MILLIS = 1_000;

  private final String version;

  /** Under way, or the last one; guarded by this. */
  private @Nullable MemoryWork work;

  MemoryService(String version) {
    this.version = version;
  }

  /** Serves one broker until it goes away. */
  void run(WireSocket broker) throws IOException {
    try (var shelf = new StateShelf()) {
      broker.send(new Hello(Role.MEMORY, version, Probe.none()), soon());
      boolean isThere = true;
      while (isThere) {
        try (Incoming incoming = next(broker)) {
          isThere = incoming != null;
          if (incoming != null) {
            accept(broker, incoming, shelf);
          }
        }
      }
    } catch (LinuxException e) {
      if (!e.isPeerGone() && !e.isTimeout()) {
        throw e;
      }
    } finally {
      endWork();
    }
  }

  /** Returns when no work is under way. */
  void awaitIdle() {
    MemoryWork last = current();
    if (last != null) {
      last.await();
    }
  }

  private synchronized @Nullable MemoryWork current() {
    return work;
  }

  private synchronized void begin(MemoryWork next) {
    work = next;
    next.start();
  }

  private void endWork() {
    MemoryWork last = current();
    if (last != null) {
      last.cancel();
      last.await();
    }
  }

  /** The next order; until it comes the broker is told how far the work is. Null at the end. */
  private @Nullable Incoming next(WireSocket broker) throws IOException {
    while (true) {
      try {
        return broker.receive(Deadline.inMillis(PROGRESS_MILLIS));
      } catch (LinuxException e) {
        if (!e.isTimeout()) {
          throw e;
        }
      }
      MemoryWork now = current();
      if (now != null) {
        now.tellProgress();
      }
    }
  }

  private void accept(WireSocket broker, Incoming incoming, StateShelf shelf) throws IOException {
    if (!(incoming.message() instanceof MemoryOrder order)) {
      throw new WireException("the broker sent what is no order");
    }
    MemoryWork last = current();
    if (order.task() instanceof MemoryTask.Cancel) {
      if (last != null && last.isNamed(order.work())) {
        last.cancel();
      }
      return;
    }
    if (last != null && !last.isOver()) {
      throw new WireException("the broker ordered a second work");
    }
    if (last != null) {
      last.await();
    }
    List<Fd> descriptors = incoming.takeDescriptors();
    begin(new MemoryWork(order, descriptors, shelf, report -> tell(broker, report)));
  }

  /**
   * Its thread may be another than the one that listens: a broker that is gone is noticed there.
   */
  private static void tell(WireSocket broker, MemoryReport report) {
    try {
      broker.send((Message) report, soon());
    } catch (IOException e) {
      broker.hangUp();
    }
  }

  private static Deadline soon() {
    return Deadline.inMillis(SEND_MILLIS);
  }
}
