package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import dev.moult.linux.CLibrary;

/** The pidfd calls, by number: glibc has them only since 2.36. */
final class PidFdNative {
  static {
    CLibrary.link(PidFdNative.class);
  }

  static native long syscall(long number, long a, long b, long c, long d) throws LastErrorException;

  private PidFdNative() {}
}
