package dev.moult.qemu.qmp;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Counts what a peer sends in a second; the next second begins with what comes after it. */
final class PerSecond {
  private final LongSupplier nanoTime;
  private long begin;
  private long count;

  PerSecond(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.begin = nanoTime.getAsLong();
  }

  /** Adds so many; all of this second, those included. */
  long add(long more) {
    long now = nanoTime.getAsLong();
    if (now - begin > TimeUnit.SECONDS.toNanos(1)) {
      begin = now;
      count = 0;
    }
    count += more;
    return count;
  }
}
