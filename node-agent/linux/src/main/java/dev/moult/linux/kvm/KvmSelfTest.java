package dev.moult.linux.kvm;

import dev.moult.linux.LinuxException;
import java.time.Duration;

/**
 * Finds out whether KVM here really runs guests. {@code /dev/kvm} may be there, answer every ioctl
 * and still interpret each instruction (a hypervisor that offers none of its CPU's virtualization):
 * about a million instructions a second, on which a Linux guest seems to hang.
 */
public final class KvmSelfTest {
  /**
   * Rounds of the loop that tells a CPU from an interpreter: two instructions each, a few
   * milliseconds on a CPU, ten seconds where they are interpreted.
   */
  static final int ROUNDS = 5_000_000;

  private KvmSelfTest() {}

  /** What was found of one mode. */
  public enum Verdict {
    /** The CPU itself runs the guest's code. */
    NATIVE,
    /** Code runs, but too slowly to be run by the CPU. */
    INTERPRETED,
    /** Code does not run. */
    FAILED,
    /** There is no /dev/kvm, or it may not be opened. */
    NO_KVM
  }

  /**
   * One mode.
   *
   * @param verdict what was found
   * @param detail a sentence for people
   */
  public record ModeResult(Verdict verdict, String detail) {}

  /**
   * Both modes.
   *
   * @param realMode 16-bit code
   * @param longMode 64-bit code with paging: what Linux needs
   */
  public record Result(ModeResult realMode, ModeResult longMode) {
    /** Whether QEMU should be given KVM for a Linux guest. */
    public boolean canRunLinux() {
      return longMode.verdict() == Verdict.NATIVE;
    }
  }

  /**
   * Runs the test; takes a few milliseconds where KVM works, at most about four times the limit
   * elsewhere.
   *
   * @param limit for each of the four runs; 500 ms is ample
   */
  public static Result run(Duration limit) throws InterruptedException {
    Kvm kvm;
    try {
      kvm = Kvm.open();
    } catch (LinuxException e) {
      ModeResult none = new ModeResult(Verdict.NO_KVM, String.valueOf(e.getMessage()));
      return new Result(none, none);
    }
    try (kvm) {
      return new Result(
          mode(kvm, GuestProgram.REAL_MODE, limit), mode(kvm, GuestProgram.LONG_MODE, limit));
    }
  }

  private static ModeResult mode(Kvm kvm, GuestProgram program, Duration limit)
      throws InterruptedException {
    try {
      BoundedRun.Outcome first = BoundedRun.of(kvm, program, 1, limit);
      if (first.problem() != null) {
        return new ModeResult(Verdict.FAILED, first.problem());
      }
      BoundedRun.Outcome loop = BoundedRun.of(kvm, program, ROUNDS, limit);
      if (loop.timedOut()) {
        return new ModeResult(
            Verdict.INTERPRETED,
            "%d instructions are not done in %d ms".formatted(2 * ROUNDS, limit.toMillis()));
      }
      if (loop.problem() != null) {
        return new ModeResult(Verdict.FAILED, loop.problem());
      }
      return new ModeResult(
          Verdict.NATIVE,
          "%d instructions in %.1f ms".formatted(2 * ROUNDS, loop.took().toNanos() / 1e6));
    } catch (LinuxException e) {
      return new ModeResult(Verdict.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
