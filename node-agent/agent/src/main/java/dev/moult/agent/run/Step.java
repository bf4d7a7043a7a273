package dev.moult.agent.run;

import java.time.Instant;

/** One thing to do for a VM. Each may be repeated after a crash in its middle. */
public sealed interface Step {
  /** Tell the broker to let that pod's launcher dial. */
  record Expect(String podUid) implements Step {}

  /** Drop what broker and journal keep about that pod: it is gone. */
  record Forget(String podUid) implements Step {}

  /** Make the network and send the anchor its plan. */
  record PlanAnchor(String podUid) implements Step {}

  /** Ask what an anchor has parked: that it was launched was said, and nobody heard it. */
  record AskAnchor(String podUid) implements Step {}

  /** Send a restarted anchor a plan to park again what the live QEMU holds. */
  record AdoptAnchor(String podUid, String vmmPodUid) implements Step {}

  /** Freeze the hardware and send the first QEMU its plan. */
  record StartVmm(String podUid) implements Step {}

  /** Send a QEMU its plan that starts the guest anew, after the last one died under it. */
  record StartAgain(String podUid) implements Step {}

  /** Save the guest's state and end its QEMU. */
  record Suspend() implements Step {}

  /** Let a guest go on whose state an earlier try was saving. */
  record KeepRunning() implements Step {}

  /** Its state is saved: end the QEMU that did so. */
  record PutAside() implements Step {}

  /** Send a QEMU its plan that takes up the guest which lies aside. */
  record TakeUp(String podUid) implements Step {}

  /** Compare that QEMU with the one before, let it load the state and let the guest go on. */
  record Load() implements Step {}

  /** The guest is that QEMU's alone: let it go on. */
  record GoOnTakenUp() implements Step {}

  /** The QEMU that was to take the guest up does not: end it, the guest lies aside as before. */
  record LeaveAside() implements Step {}

  /** What was kept of a guest that lies aside is gone: say so. */
  record LoseAside() implements Step {}

  /** A suspend that failed is not wished any more. */
  record ForgetSuspend() implements Step {}

  /** Connect to the monitor of the QEMU in charge. */
  record Dial() implements Step {}

  /** Let the guest of a new run go. */
  record Resume() implements Step {}

  /** Let the guest stand still, as its owner wishes. */
  record Pause() implements Step {}

  /** Let a guest go on that its owner had paused. */
  record GoOn() implements Step {}

  /** Press the guest's reset button, for that request. */
  record Reset(Instant requestedAt) implements Step {}

  /** Press the guest's power button. */
  record PowerDown() implements Step {}

  /** Ask the guest agent to power the guest down. */
  record AskAgent() implements Step {}

  /** Kill a pod's process and wait for the proof. */
  record Kill(String podUid) implements Step {}

  /** The QEMU in charge is dead and the guest had not ended: say so. */
  record RecordExit() implements Step {}

  /** Decide an update that an earlier agent began. */
  record Settle() implements Step {}

  /** Conduct an update: its new VMM waits for a plan. */
  record Conduct(String updateUid, String podUid) implements Step {}

  /** End an update whose handoff never began: cancelled, out of time, or its VMM failed. */
  record GiveUp(String updateUid, Why why) implements Step {}

  /**
   * Remove what a handoff left while its anchor was dead, and give QEMU the terminal of an anchor
   * that was started again.
   */
  record TidyUp() implements Step {}

  /** Nothing of the VM is left on this node: forget it. */
  record CleanUp() implements Step {}

  /** Nothing to do until the next signal. */
  record Rest() implements Step {}

  /** Why an update ends before its handoff began. */
  enum Why {
    /** The LiveUpdate was deleted. */
    CANCELLED,
    /** The guest is to stop. */
    GUEST_STOPS,
    /** The guest is put aside. */
    GUEST_SUSPENDED,
    /** Its time is over. */
    TIMED_OUT,
    /** Its VMM's process died or could not start. */
    VMM_FAILED,
    /** The guest has ended. */
    GUEST_ENDED,
    /** Its handoff had begun; the journal of it, and every QEMU, died with the node. */
    JOURNAL_LOST
  }
}
