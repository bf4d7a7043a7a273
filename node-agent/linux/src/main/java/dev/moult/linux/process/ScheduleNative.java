package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** sched_setattr and sched_getattr, which glibc has no function for. */
final class ScheduleNative {
  static {
    CLibrary.link(ScheduleNative.class);
  }

  static native long syscall(
      long number, long thread, Pointer attributes, long sizeOrFlags, long flags)
      throws LastErrorException;

  private ScheduleNative() {}
}
