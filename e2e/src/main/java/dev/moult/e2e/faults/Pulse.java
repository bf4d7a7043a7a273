package dev.moult.e2e.faults;

import dev.moult.e2e.guest.EchoConnection;
import dev.moult.e2e.guest.GuestServices;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * One TCP connection that is used all the time: it keeps the guest busy, and its longest silence is
 * how long the guest stood still for its users.
 */
final class Pulse implements AutoCloseable {
  private static final long BEAT_NANOS = 20_000_000;

  private final EchoConnection connection;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean broken;
  private volatile long lastNanos = System.nanoTime();
  private volatile long longestNanos;
  private volatile long beats;

  Pulse(GuestServices guest) throws IOException {
    connection = guest.connect();
    thread = Thread.ofPlatform().daemon().name("pulse").start(this::beat);
  }

  private void beat() {
    while (!stopped) {
      try {
        if (!connection.echoes()) {
          broken = true;
          return;
        }
      } catch (IOException e) {
        broken = !stopped;
        return;
      }
      long now = System.nanoTime();
      longestNanos = Math.max(longestNanos, now - lastNanos);
      lastNanos = now;
      beats++;
      LockSupport.parkNanos(BEAT_NANOS);
    }
  }

  /** Forgets the silences so far. */
  void reset() {
    longestNanos = 0;
  }

  /** The longest silence since {@link #reset}. */
  Duration longest() {
    return Duration.ofNanos(Math.max(longestNanos, System.nanoTime() - lastNanos));
  }

  /** Whether it beats (again) within some time. */
  boolean beatsWithin(Duration patience) {
    long before = beats;
    long end = System.nanoTime() + patience.toNanos();
    while (!broken && beats == before && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(BEAT_NANOS);
    }
    return !broken && beats > before;
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    connection.close();
    LockSupport.unpark(thread);
  }
}
