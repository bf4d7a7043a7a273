package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.LinuxException;
import java.time.Duration;

/**
 * The slice of processor time that the calling thread asks the scheduler for at a time. A thread
 * that works for moments and must then wake in time asks for a short one: it gets no more of the
 * processor in all, but sooner. Needs no right. Kernels before 6.12 take the wish and have one
 * slice for all (sched_setattr(2), "custom slice" of EEVDF).
 */
public final class Slice {
  private static final int CALLING_THREAD = 0;

  /**
   * Asks for the calling thread.
   *
   * @param slice the kernel keeps it between 0.1 and 100 ms
   * @throws LinuxException EPERM under a seccomp filter that forbids it
   */
  public static void ofCallingThread(Duration slice) throws LinuxException {
    try (Memory attributes = new Memory(ScheduleAbi.SCHED_ATTR_SIZE)) {
      read(attributes);
      attributes.setLong(ScheduleAbi.SCHED_ATTR_RUNTIME, slice.toNanos());
      // NATIVE: the flags are the third argument here, the fourth is none.
      ScheduleNative.syscall(ScheduleAbi.SYS_SCHED_SETATTR, CALLING_THREAD, attributes, 0, 0);
    } catch (LastErrorException e) {
      throw LinuxException.from("sched_setattr", e);
    }
  }

  /** What the kernel has for the calling thread; zero where it has no slice of a thread's own. */
  static Duration ofCallingThread() throws LinuxException {
    try (Memory attributes = new Memory(ScheduleAbi.SCHED_ATTR_SIZE)) {
      read(attributes);
      return Duration.ofNanos(attributes.getLong(ScheduleAbi.SCHED_ATTR_RUNTIME));
    } catch (LastErrorException e) {
      throw LinuxException.from("sched_getattr", e);
    }
  }

  private static void read(Memory attributes) {
    attributes.clear();
    attributes.setInt(ScheduleAbi.SCHED_ATTR_SIZE_FIELD, ScheduleAbi.SCHED_ATTR_SIZE);
    // NATIVE: policy and niceness stay as they are.
    ScheduleNative.syscall(
        ScheduleAbi.SYS_SCHED_GETATTR, CALLING_THREAD, attributes, ScheduleAbi.SCHED_ATTR_SIZE, 0);
  }

  private Slice() {}
}
