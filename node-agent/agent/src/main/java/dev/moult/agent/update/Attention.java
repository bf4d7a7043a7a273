package dev.moult.agent.update;

import dev.moult.linux.Deadline;
import java.util.function.BooleanSupplier;

/**
 * The VM's thread while a handoff has it: signals go on to be taken in, in order, so that a wait
 * ends by whatever happens to the VM.
 */
public interface Attention {
  /**
   * Takes signals in until something holds.
   *
   * @return whether it holds; false when the time is over
   */
  boolean until(BooleanSupplier condition, Deadline deadline) throws InterruptedException;

  /** What has come between; one that a conductor's own step failed is not known here. */
  Decision.Demand demand();

  /** Whether a pod's process is dead, as the broker said. */
  boolean exited(String podUid);

  /** Why a pod's launcher could not do its plan; empty when it could, or has not tried. */
  java.util.Optional<String> launchFailure(String podUid);

  /** Wakes a wait from another thread. */
  void wake();
}
