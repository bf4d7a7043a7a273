package dev.moult.linux.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a test machine on a thread of its own and ends the run at its limit by a signal that this
 * thread has blocked and only KVM_RUN lets in: no handler runs, and the thread takes the pending
 * signal with it.
 */
final class BoundedRun {
  /** A real-time signal that neither glibc (32, 33) nor the JVM uses. */
  private static final int SIGNAL = 41;

  /** How long an interrupted run may take to return before its thread is given up. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private final Kvm kvm;
  private final GuestProgram program;
  private final int count;

  private int thread;
  private boolean done;
  private long nanos;
  private @Nullable String problem;
  private boolean interrupted;

  private BoundedRun(Kvm kvm, GuestProgram program, int count) {
    this.kvm = kvm;
    this.program = program;
    this.count = count;
  }

  /**
   * What came of it.
   *
   * @param problem null when the guest gave its answer in time
   * @param timedOut whether it was still running at the limit
   * @param took time in KVM_RUN, when the guest came to its end
   */
  record Outcome(@Nullable String problem, boolean timedOut, Duration took) {}

  static Outcome of(Kvm kvm, GuestProgram program, int count, Duration limit)
      throws LinuxException, InterruptedException {
    BoundedRun run = new BoundedRun(kvm, program, count);
    Thread.ofPlatform().daemon().name("moult-kvm-test").start(run::work);
    return run.await(limit);
  }

  private synchronized Outcome await(Duration limit) throws LinuxException, InterruptedException {
    waitDone(Deadline.in(limit));
    if (!done) {
      if (thread != 0) {
        interrupt();
      }
      waitDone(Deadline.in(GRACE));
    }
    if (!done) {
      return new Outcome("KVM_RUN does not return", true, limit);
    }
    return new Outcome(problem, interrupted, Duration.ofNanos(nanos));
  }

  private void waitDone(Deadline deadline) throws InterruptedException {
    while (!done && !deadline.isPassed()) {
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, deadline.remainingNanos()));
    }
  }

  /**
   * Under the lock and before {@code done}: so the thread still lives with the signal blocked, and
   * its number is nobody else's (elsewhere the signal would end the process).
   */
  private void interrupt() throws LinuxException {
    try {
      KvmNative.Guest.tgkill((int) ProcessHandle.current().pid(), thread, SIGNAL);
    } catch (LastErrorException e) {
      throw LinuxException.from("tgkill", e);
    }
  }

  private void work() {
    try (Memory signal = new Memory(KvmAbi.SIGSET_SIZE)) {
      signal.clear();
      signal.setLong(0, 1L << (SIGNAL - 1));
      KvmNative.Guest.pthread_sigmask(KvmAbi.SIG_BLOCK, signal, null);
      synchronized (this) {
        thread = KvmNative.Guest.gettid();
      }
      try {
        run();
      } finally {
        consume(signal);
      }
    }
  }

  private void run() {
    String found;
    boolean cut = false;
    long took = 0;
    try (TestMachine machine = TestMachine.create(kvm, program, count)) {
      machine.interruptBy(SIGNAL);
      long start = System.nanoTime();
      found = machine.run();
      took = System.nanoTime() - start;
    } catch (LinuxException e) {
      cut = TestMachine.isInterruption(e);
      found = cut ? "still running at the limit" : e.getMessage();
    } catch (RuntimeException e) {
      found = e.toString();
    }
    synchronized (this) {
      nanos = took;
      problem = found;
      interrupted = cut;
      done = true;
      notifyAll();
    }
  }

  /** The JVM unblocks everything when a thread ends; a signal still pending would kill it then. */
  private static void consume(Memory signal) {
    try {
      KvmNative.Guest.sigtimedwait(signal, null, new long[2]);
    } catch (LastErrorException e) {
      // NATIVE: EAGAIN, none was pending.
    }
  }
}
