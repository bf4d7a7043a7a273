package dev.moult.memory;

import java.util.concurrent.atomic.AtomicLong;

/** How far a copy is, told to any thread; and whether it is still wanted. */
public final class Progress {
  private final AtomicLong done = new AtomicLong();
  private volatile long total;
  private volatile boolean cancelled;

  /** Bytes that are dealt with, holes included. */
  public long done() {
    return done.get();
  }

  /** Bytes in all; 0 before that is known. */
  public long total() {
    return total;
  }

  /** Asks the copy to end: it does so before the next block. */
  public void cancel() {
    cancelled = true;
  }

  void begin(long bytes) {
    done.set(0);
    total = bytes;
  }

  void reached(long bytes) {
    done.accumulateAndGet(bytes, Math::max);
  }

  void requireWanted() throws StateRefused {
    if (cancelled) {
      throw new StateRefused(MemoryReason.CANCELLED, "it was asked to end");
    }
  }
}
