package dev.moult.linux;

import com.sun.jna.LastErrorException;

/** clock_gettime. */
final class ClockNative {
  static {
    CLibrary.link(ClockNative.class);
  }

  /** A {@code struct timespec} is two longs on x86-64. */
  static native int clock_gettime(int clock, long[] timespec) throws LastErrorException;

  private ClockNative() {}
}
