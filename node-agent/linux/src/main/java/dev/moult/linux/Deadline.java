package dev.moult.linux;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A point on the monotonic clock until which a wait may last, or never. */
public final class Deadline {
  private static final Deadline NEVER = new Deadline(0, true);

  private final long nanoTime;
  private final boolean never;

  private Deadline(long nanoTime, boolean never) {
    this.nanoTime = nanoTime;
    this.never = never;
  }

  /** From now on, for so long; zero or less has passed already (look, do not wait). */
  public static Deadline in(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), false);
  }

  /** From now on, for so many milliseconds. */
  public static Deadline inMillis(long millis) {
    return new Deadline(System.nanoTime() + millis * 1_000_000, false);
  }

  /** Passed already: look, do not wait. */
  public static Deadline now() {
    return new Deadline(System.nanoTime(), false);
  }

  /** Waits without end, for a thread whose only work it is and that a wake-up descriptor ends. */
  public static Deadline never() {
    return NEVER;
  }

  /** Whether it has passed. */
  public boolean isPassed() {
    return !never && System.nanoTime() - nanoTime >= 0;
  }

  /** Nanoseconds left, 0 when passed, {@link Long#MAX_VALUE} for never. */
  public long remainingNanos() {
    return never ? Long.MAX_VALUE : Math.max(0, nanoTime - System.nanoTime());
  }

  /** What is left, or null for never. */
  public @Nullable Duration remaining() {
    return never ? null : Duration.ofNanos(remainingNanos());
  }
}
