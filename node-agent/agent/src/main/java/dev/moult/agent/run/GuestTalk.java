package dev.moult.agent.run;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A talk with a guest agent that is under way, on a thread of its own, which ends. Its owner's
 * thread alone calls its methods.
 */
final class GuestTalk<R> {
  private boolean counts = true;
  private volatile @Nullable R result;

  private GuestTalk() {}

  /**
   * Begins one.
   *
   * @param name of its thread, followed by the VM's
   * @param what the talk
   * @param wake called on the talk's thread when it has ended
   */
  static <R> GuestTalk<R> begin(String name, VmState state, Supplier<R> what, Runnable wake) {
    var talk = new GuestTalk<R>();
    start(
        name,
        state,
        () -> {
          talk.result = what.get();
          wake.run();
        });
    return talk;
  }

  /** Begins one whose owner hears of it otherwise. */
  static void start(String name, VmState state, Runnable what) {
    // NATIVE: a platform thread, for as long as the talk takes: it sits in poll and recvmsg.
    var unused =
        Thread.ofPlatform()
            .daemon()
            .name(name + state.journal().vmUid().substring(0, 8))
            .start(what);
  }

  /** What came of it; null while it is under way. */
  @Nullable R result() {
    return result;
  }

  /** It says nothing of the guest any more; its thread has the line until it ends. */
  void disregard() {
    counts = false;
  }

  /** Whether it says something of the guest. */
  boolean counts() {
    return counts;
  }
}
