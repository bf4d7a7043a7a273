package dev.moult.agent.guest;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * When a guest agent is asked: when its end of the channel opens, after a while when it answered,
 * and later each time that it did not. The guest opens and closes as it likes, so what that makes
 * us do is rationed. Touched by the VM's thread alone.
 */
public final class GuestSchedule {
  static final Duration REFRESH = Duration.ofMinutes(5);

  /** A guest agent is there before its guest has booted: before it has its name and addresses. */
  static final Duration FIRST_REFRESH = Duration.ofSeconds(15);

  static final Duration FIRST_RETRY = Duration.ofSeconds(10);

  /** An agent that is started anew is away for a moment, and so is one whose QEMU is replaced. */
  static final Duration MOMENT = Duration.ofSeconds(5);

  /** Looks that opening may cause at once; then one more in each interval. */
  static final int RATION = 4;

  static final Duration RATION_INTERVAL = Duration.ofMinutes(1);

  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private boolean open;
  private long closedNanos;
  private long nextNanos;
  private Duration retry = FIRST_RETRY;
  private Duration refresh = REFRESH;
  private int ration = RATION;
  private long rationNanos;

  /**
   * Begins closed.
   *
   * @param nanoTime monotonic
   * @param random for jitter: the guests of a node are not all asked at once
   */
  public GuestSchedule(LongSupplier nanoTime, RandomGenerator random) {
    this.nanoTime = nanoTime;
    this.random = random;
    long now = nanoTime.getAsLong();
    closedNanos = now - MOMENT.toNanos();
    nextNanos = now;
    rationNanos = now;
  }

  /** A QEMU that was not watched before: whether the guest's end is open there. */
  public void begin(boolean isOpen) {
    if (!isOpen && open) {
      closedNanos = nanoTime.getAsLong();
    }
    open = isOpen;
    retry = FIRST_RETRY;
    nextNanos = nanoTime.getAsLong();
  }

  /** The guest opens or closes its end. */
  public void changed(boolean isOpen) {
    long now = nanoTime.getAsLong();
    if (open && !isOpen) {
      closedNanos = now;
    } else if (!open && isOpen) {
      retry = FIRST_RETRY;
      refresh = FIRST_REFRESH;
      nextNanos = Math.max(now, nextAllowed(now));
    }
    open = isOpen;
  }

  private long nextAllowed(long now) {
    long refilled = Math.min(RATION - ration, (now - rationNanos) / RATION_INTERVAL.toNanos());
    ration += (int) refilled;
    rationNanos = ration == RATION ? now : rationNanos + refilled * RATION_INTERVAL.toNanos();
    if (ration > 0) {
      ration--;
      return now;
    }
    return rationNanos + RATION_INTERVAL.toNanos();
  }

  /** It has answered. */
  public void answered() {
    retry = FIRST_RETRY;
    nextNanos = nanoTime.getAsLong() + jittered(refresh);
    refresh = twice(refresh);
  }

  /** It has not. */
  public void failed() {
    nextNanos = nanoTime.getAsLong() + jittered(retry);
    retry = twice(retry);
  }

  private static Duration twice(Duration once) {
    Duration twice = once.multipliedBy(2);
    return twice.compareTo(REFRESH) < 0 ? twice : REFRESH;
  }

  /** Asks for a look as soon as it is open. */
  public void soon() {
    nextNanos = nanoTime.getAsLong();
  }

  private long jittered(Duration about) {
    long nanos = about.toNanos();
    return nanos - nanos / 5 + random.nextLong(nanos * 2 / 5);
  }

  /** Whether the guest's end is open. */
  public boolean isOpen() {
    return open;
  }

  /** Whether it is to be asked now. */
  public boolean isDue() {
    return open && nanoTime.getAsLong() - nextNanos >= 0;
  }

  /** Whether nobody has been there for longer than a moment. */
  public boolean isAway() {
    return !open && nanoTime.getAsLong() - closedNanos >= MOMENT.toNanos();
  }

  /** Nanoseconds until one who has gone for a moment is away. */
  public long nanosToAway() {
    return Math.max(0, closedNanos + MOMENT.toNanos() - nanoTime.getAsLong());
  }
}
