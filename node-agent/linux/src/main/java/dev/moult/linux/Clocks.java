package dev.moult.linux;

import com.sun.jna.LastErrorException;

/** Clocks that all processes of a node share, so that their stamps can be compared. */
public final class Clocks {
  private Clocks() {}

  /** Nanoseconds since boot, suspend included (CLOCK_BOOTTIME). */
  public static long bootTimeNanos() {
    return nanos(FdAbi.CLOCK_BOOTTIME);
  }

  /** Nanoseconds since boot without suspend (CLOCK_MONOTONIC). */
  public static long monotonicNanos() {
    return nanos(FdAbi.CLOCK_MONOTONIC);
  }

  private static long nanos(int clock) {
    long[] timespec = new long[FdAbi.TIMESPEC_SIZE / Long.BYTES];
    try {
      ClockNative.clock_gettime(clock, timespec);
    } catch (LastErrorException e) {
      throw new IllegalStateException("clock_gettime(" + clock + ")", e);
    }
    return timespec[0] * 1_000_000_000 + timespec[1];
  }
}
