package dev.moult.linux.stop;

import java.util.Locale;

/**
 * A place in a handoff, a suspend or a resume at which the fault harness may hold agent or broker:
 * one for each step of the tables of faults.
 */
public enum StopPoint {
  /** The preflight has passed and the journal has the update; nothing was touched. */
  AGENT_PREFLIGHT_DONE,
  /** The new QEMU was launched and waits for the cpr stream. */
  AGENT_TARGET_WAITS,
  /** The cpr stream went over and both QEMUs were compared; the guest runs on the old one. */
  AGENT_COMPARED,
  /** In the relay: the new QEMU listens; the hang-up that lets the old one stop is not sent. */
  AGENT_HANG_UP,
  /** The old QEMU has stopped the guest and sends its state. */
  AGENT_GUEST_STOPPED,
  /** Both sides say that the state is over; there is no verdict. */
  AGENT_STATE_SENT,
  /** The old QEMU is proved stopped, all threads of it; there is no verdict. */
  AGENT_FROZEN,
  /** COMMIT is written; the new QEMU was not told to go on. */
  AGENT_COMMITTED,
  /** The guest runs on the new QEMU; the old one lives. */
  AGENT_RESUMED,
  /** The old QEMU is proved dead; the handoff is being tidied up after. */
  AGENT_CLEANING,
  /** ROLLBACK is written; the new QEMU lives. */
  AGENT_ROLLED_BACK,
  /** The journal says that the guest is being put aside; QEMU was not told to. */
  AGENT_SAVING,
  /** QEMU has written the guest's state, and nobody keeps it yet. */
  AGENT_STATE_WRITTEN,
  /** The state is kept; the QEMU that saved it lives. */
  AGENT_SAVED,
  /** The journal says that a QEMU is to take the guest up; it has no plan. */
  AGENT_LOADING,
  /** The new QEMU has loaded the state; the journal does not say that it is used up. */
  AGENT_LOADED,
  /** The state is used up; the new QEMU was not told to go on. */
  AGENT_CONSUMED,
  /** The new QEMU was given its plan; the agent does not know yet. */
  BROKER_PLAN_SENT,
  /** A process was killed and is proved dead; the agent does not know yet. */
  BROKER_KILLED;

  /** As it is called in the directory of stop points, such as {@code agent.target-waits}. */
  public String fileName() {
    String lower = name().toLowerCase(Locale.ROOT);
    int part = lower.indexOf('_');
    return lower.substring(0, part) + "." + lower.substring(part + 1).replace('_', '-');
  }
}
