package dev.moult.qemu.qmp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The events of one connection since QEMU's greeting, kept in order and bounded. A reader takes a
 * {@link Cursor}: what came before it asked is still there, so nothing is lost between a command
 * and the wait for its event.
 */
public final class QmpEvents {

  /**
   * Events kept, of at most {@link QmpMessage#MAX_EVENT} bytes each. A handoff sends about 20; a
   * guest can cause some of them, at a limited rate.
   */
  static final int HISTORY = 512;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<QmpEvent> history = new ArrayDeque<>();
  private long next;
  private boolean closed;

  QmpEvents() {}

  /** Every event from the connection's first on. */
  public Cursor fromStart() {
    return new Cursor(0);
  }

  /** Only events that come after this call. */
  public Cursor fromNow() {
    lock.lock();
    try {
      return new Cursor(next);
    } finally {
      lock.unlock();
    }
  }

  /** The events kept, oldest first. */
  public List<QmpEvent> snapshot() {
    lock.lock();
    try {
      return List.copyOf(history);
    } finally {
      lock.unlock();
    }
  }

  /** The newest event of that name that is still kept. */
  public Optional<QmpEvent> last(String name) {
    List<QmpEvent> all = new ArrayList<>(snapshot());
    return all.reversed().stream().filter(event -> event.is(name)).findFirst();
  }

  /** Whether the connection has ended. */
  public boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  void add(String name, long timestampMicros, com.fasterxml.jackson.databind.JsonNode data) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = name.equals(QmpEvent.CLOSED);
      if (history.size() == HISTORY) {
        history.removeFirst();
      }
      history.addLast(new QmpEvent(next++, name, timestampMicros, data));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A reader's place in the events. Not safe for use by several threads at once. */
  public final class Cursor {
    private long position;

    private Cursor(long position) {
      this.position = position;
    }

    /**
     * The next event, whatever it is; the last one is {@link QmpEvent#CLOSED}.
     *
     * @throws QmpException.TimedOut when none came in time
     * @throws QmpException.Closed when the end was read already
     * @throws QmpException.Protocol when events were dropped before this reader saw them
     */
    public QmpEvent next(Duration timeout) throws QmpException, InterruptedException {
      return await(event -> true, timeout);
    }

    /**
     * The first event from this place on that matches; the place moves behind it. An event before
     * it that does not match is passed over. {@link QmpEvent#CLOSED} is offered to the predicate
     * too; if it does not match, the wait ends at once.
     *
     * @throws QmpException.TimedOut when none came in time
     * @throws QmpException.Closed when the connection ended first
     * @throws QmpException.Protocol when events were dropped before this reader saw them
     */
    public QmpEvent await(Predicate<QmpEvent> wanted, Duration timeout)
        throws QmpException, InterruptedException {
      long deadline = System.nanoTime() + timeout.toNanos();
      lock.lock();
      try {
        while (true) {
          Optional<QmpEvent> found = advance(wanted);
          if (found.isPresent()) {
            return found.get();
          }
          if (closed) {
            throw new QmpException.Closed("QEMU closed the monitor before the awaited event");
          }
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            throw new QmpException.TimedOut("no such event within " + timeout.toMillis() + " ms");
          }
          var _ = changed.await(left, TimeUnit.NANOSECONDS);
        }
      } finally {
        lock.unlock();
      }
    }

    /** The next event of that name; see {@link #await}. */
    public QmpEvent await(String name, Duration timeout) throws QmpException, InterruptedException {
      return await(event -> event.is(name), timeout);
    }

    private Optional<QmpEvent> advance(Predicate<QmpEvent> wanted) throws QmpException {
      long oldest = next - history.size();
      if (position < oldest) {
        throw new QmpException.Protocol((oldest - position) + " events were dropped unread");
      }
      if (position == next) {
        return Optional.empty();
      }
      for (QmpEvent event : history) {
        if (event.sequence() < position) {
          continue;
        }
        position = event.sequence() + 1;
        if (wanted.test(event)) {
          return Optional.of(event);
        }
      }
      return Optional.empty();
    }
  }
}
