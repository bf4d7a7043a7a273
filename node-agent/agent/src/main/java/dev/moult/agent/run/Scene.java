package dev.moult.agent.run;

import dev.moult.agent.journal.RunRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a VM's next step on this node.
 *
 * @param brokerUp the broker is connected
 * @param ownRun the VirtualMachine is wished on this node, and its run is the anchor's
 * @param anchor its anchor; null when none is known
 * @param vmms its VMM pods
 * @param run what the journal says; null before the first step
 * @param monitored the monitor of the QEMU in charge is connected
 * @param powerdownSent the power button was pressed
 * @param graceOver the guest had its time to power down
 * @param unsettled the journal has an update without a result
 * @param untidy what a handoff left in the meeting place and on the tap may be there still, or QEMU
 *     may have the terminal of an anchor that died
 * @param update the LiveUpdate to be done; null when there is none
 * @param mayAskAgent the power button does not help, and the guest agent has not been asked
 * @param wish what is wished of the guest that runs; null when nobody can tell
 */
public record Scene(
    boolean brokerUp,
    boolean ownRun,
    @Nullable PodSeen anchor,
    List<PodSeen> vmms,
    @Nullable RunRecord run,
    boolean monitored,
    boolean powerdownSent,
    boolean graceOver,
    boolean unsettled,
    boolean untidy,
    @Nullable UpdateSeen update,
    boolean mayAskAgent,
    @Nullable Wish wish) {

  /** Copies the list. */
  public Scene {
    vmms = List.copyOf(vmms);
  }

  /**
   * What is wished of a guest.
   *
   * @param stopped it shall end: its object is deleted or says so
   * @param paused it shall stand still
   * @param aside it shall be put aside
   * @param resetAt when somebody last asked for a reset; null if nobody has
   */
  public record Wish(boolean stopped, boolean paused, Aside aside, @Nullable Instant resetAt) {}

  /** Whether a guest shall be put aside. */
  public enum Aside {
    /** It shall run. */
    NO,
    /** It shall. */
    NOW,
    /** It shall, and a try has failed a moment ago. */
    LATER
  }

  /**
   * A pod.
   *
   * @param uid the pod's
   * @param present the API server has it
   * @param deleting it is to be removed
   * @param stage how far its process is
   * @param updateUid the LiveUpdate whose new VMM it is; null otherwise
   */
  public record PodSeen(
      String uid, boolean present, boolean deleting, Stage stage, @Nullable String updateUid) {}

  /**
   * A LiveUpdate that is to be done.
   *
   * @param uid the LiveUpdate's
   * @param cancelled it was deleted
   * @param expired its time is over
   * @param begun its handoff has begun: if the journal does not have it, it died with the node
   */
  public record UpdateSeen(String uid, boolean cancelled, boolean expired, boolean begun) {}

  /** How far a pod's process is. */
  public enum Stage {
    /** The broker does not know the pod. */
    UNKNOWN,
    /** Nobody has dialled. */
    EXPECTED,
    /** A launcher waits for its plan. */
    DIALLED,
    /** It has its plan, and said nothing yet. */
    PLANNED,
    /** It could not do what its plan says. */
    FAILED,
    /** What the pod is for runs. */
    LAUNCHED,
    /** Its process is dead. */
    EXITED
  }

  /** The VMM in charge, if its pod is still known. */
  Optional<PodSeen> inCharge() {
    RunRecord.VmmRecord vmm = run == null ? null : run.vmm();
    return vmm == null
        ? Optional.empty()
        : vmms.stream().filter(pod -> pod.uid().equals(vmm.podUid())).findFirst();
  }

  /** Whether that pod is the one in charge. */
  boolean isInCharge(PodSeen pod) {
    return inCharge().filter(pod::equals).isPresent();
  }

  /** Whether a QEMU of the VM may live. */
  boolean anyVmmAlive() {
    return vmms.stream()
        .anyMatch(pod -> pod.stage() == Stage.LAUNCHED || pod.stage() == Stage.PLANNED);
  }
}
