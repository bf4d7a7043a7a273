package dev.moult.operator.vm;

import static dev.moult.operator.vm.VmState.FAILED;
import static dev.moult.operator.vm.VmState.KEPT;
import static dev.moult.operator.vm.VmState.PENDING;
import static dev.moult.operator.vm.VmState.RESTARTING;
import static dev.moult.operator.vm.VmState.RESUMING;
import static dev.moult.operator.vm.VmState.RUNNING;
import static dev.moult.operator.vm.VmState.SCHEDULING;
import static dev.moult.operator.vm.VmState.STARTING;
import static dev.moult.operator.vm.VmState.STOPPED;
import static dev.moult.operator.vm.VmState.STOPPING;
import static dev.moult.operator.vm.VmState.SUSPENDED;
import static dev.moult.operator.vm.VmState.SUSPENDING;
import static dev.moult.operator.vm.VmState.UPDATING;

import dev.moult.operator.state.StateTable;
import dev.moult.operator.state.Transition;
import java.util.List;

/** The life of a virtual machine as a pure function and as the table that documents it. */
public final class VmLife {
  private static final String PODS_FOUND = "pods of it are found, though its status was lost";
  private static final String GUEST_RUNS =
      "the agent says that the guest runs, or stands still as spec.paused says";
  private static final String NOT_WISHED = "Halted or deleted";
  private static final String VANISHED = "every pod vanished";
  private static final String ASIDE = "the agent says that the guest is put aside";
  private static final String KEEP = "the guest crashed, and spec.onCrash is Keep";
  private static final String CRASHED = "QEMU crashed, and no other has in the last ten minutes";

  /** Every change of state that may happen. */
  public static final StateTable<VmState> TABLE =
      new StateTable<>(
          "VirtualMachine",
          VmState.class,
          List.of(
              t(PENDING, SCHEDULING, "the guest is wished and no back-off holds it"),
              t(PENDING, STARTING, PODS_FOUND),
              t(PENDING, RUNNING, PODS_FOUND),
              t(PENDING, UPDATING, PODS_FOUND),
              t(PENDING, SUSPENDING, PODS_FOUND),
              t(PENDING, SUSPENDED, PODS_FOUND),
              t(PENDING, RESUMING, PODS_FOUND),
              t(PENDING, STOPPING, PODS_FOUND + ", or they are to be collected"),
              t(PENDING, STOPPED, NOT_WISHED),
              t(SCHEDULING, STARTING, "the anchor has a node"),
              t(SCHEDULING, RUNNING, GUEST_RUNS),
              t(SCHEDULING, UPDATING, "a LiveUpdate is under way"),
              t(SCHEDULING, STOPPING, NOT_WISHED + ", or the spec was mended, or the anchor ended"),
              t(SCHEDULING, STOPPED, NOT_WISHED + " before a pod was made"),
              t(STARTING, RUNNING, GUEST_RUNS),
              t(STARTING, UPDATING, "a LiveUpdate is under way"),
              t(
                  STARTING,
                  STOPPING,
                  NOT_WISHED + ", the spec was mended, the start failed, or the deadline passed"),
              t(STARTING, FAILED, VANISHED),
              t(STARTING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(RUNNING, UPDATING, "a LiveUpdate is under way"),
              t(RUNNING, STOPPING, NOT_WISHED + ", or the run ended"),
              t(RUNNING, FAILED, VANISHED),
              t(RUNNING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(UPDATING, RUNNING, "the LiveUpdate ended"),
              t(UPDATING, STOPPING, "the run ended"),
              t(UPDATING, FAILED, VANISHED),
              t(UPDATING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(RUNNING, SUSPENDING, "power Suspended is wished"),
              t(RUNNING, SUSPENDED, ASIDE),
              t(RUNNING, RESUMING, ASIDE + ", and power Running is wished"),
              t(RUNNING, RESTARTING, CRASHED),
              t(UPDATING, SUSPENDING, "the LiveUpdate ended, and power Suspended is wished"),
              t(UPDATING, SUSPENDED, ASIDE),
              t(UPDATING, RESUMING, ASIDE + ", and power Running is wished"),
              t(UPDATING, RESTARTING, CRASHED),
              t(RUNNING, KEPT, KEEP),
              t(UPDATING, KEPT, KEEP),
              t(SUSPENDING, KEPT, KEEP),
              t(KEPT, RUNNING, GUEST_RUNS),
              t(KEPT, UPDATING, "a LiveUpdate is under way"),
              t(KEPT, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(KEPT, SUSPENDED, ASIDE),
              t(KEPT, RESUMING, ASIDE + ", and power Running is wished"),
              t(KEPT, STOPPING, NOT_WISHED + ", the deadline passed, or the anchor ended"),
              t(KEPT, FAILED, VANISHED),
              t(KEPT, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(SCHEDULING, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(SCHEDULING, SUSPENDED, ASIDE),
              t(SCHEDULING, RESUMING, ASIDE + ", and power Running is wished"),
              t(STARTING, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(STARTING, SUSPENDED, ASIDE),
              t(STARTING, RESUMING, ASIDE + ", and power Running is wished"),
              t(RESTARTING, RUNNING, GUEST_RUNS),
              t(RESTARTING, UPDATING, "a LiveUpdate is under way"),
              t(RESTARTING, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(RESTARTING, SUSPENDED, ASIDE),
              t(RESTARTING, RESUMING, ASIDE + ", and power Running is wished"),
              t(RESTARTING, STOPPING, NOT_WISHED + ", the start failed, or the deadline passed"),
              t(RESTARTING, FAILED, VANISHED),
              t(RESTARTING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(SUSPENDING, SUSPENDED, ASIDE),
              t(SUSPENDING, RUNNING, "power Running is wished again"),
              t(SUSPENDING, UPDATING, "a LiveUpdate is under way"),
              t(SUSPENDING, RESUMING, ASIDE + ", and power Running is wished"),
              t(SUSPENDING, RESTARTING, CRASHED),
              t(SUSPENDING, STOPPING, NOT_WISHED + ", or the run ended"),
              t(SUSPENDING, FAILED, VANISHED),
              t(SUSPENDING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(SUSPENDED, RESUMING, "power Running is wished"),
              t(SUSPENDED, RUNNING, GUEST_RUNS),
              t(SUSPENDED, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(SUSPENDED, UPDATING, "a LiveUpdate is under way"),
              t(SUSPENDED, STOPPING, NOT_WISHED + ", or what was kept of it is lost"),
              t(SUSPENDED, FAILED, VANISHED),
              t(SUSPENDED, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(RESUMING, RUNNING, GUEST_RUNS),
              t(RESUMING, SUSPENDED, "power Suspended is wished again"),
              t(RESUMING, SUSPENDING, GUEST_RUNS + "; power Suspended is wished"),
              t(RESUMING, UPDATING, "a LiveUpdate is under way"),
              t(RESUMING, STOPPING, NOT_WISHED + ", or the run ended"),
              t(RESUMING, FAILED, VANISHED),
              t(RESUMING, STOPPED, VANISHED + ", and " + NOT_WISHED),
              t(STOPPING, STOPPED, "nothing is left, and " + NOT_WISHED),
              t(STOPPING, SCHEDULING, "nothing is left, and no back-off holds the next run"),
              t(STOPPING, PENDING, "nothing is left; the guest ended in order; back-off"),
              t(STOPPING, FAILED, "nothing is left; the run ended by a fault; back-off"),
              t(STOPPED, SCHEDULING, "the guest is wished"),
              t(STOPPED, STARTING, PODS_FOUND),
              t(STOPPED, RUNNING, PODS_FOUND),
              t(STOPPED, UPDATING, PODS_FOUND),
              t(STOPPED, SUSPENDING, PODS_FOUND),
              t(STOPPED, SUSPENDED, PODS_FOUND),
              t(STOPPED, RESUMING, PODS_FOUND),
              t(STOPPED, STOPPING, PODS_FOUND + " that are to be collected"),
              t(FAILED, SCHEDULING, "the back-off is over, or the spec was changed"),
              t(FAILED, STARTING, PODS_FOUND),
              t(FAILED, RUNNING, PODS_FOUND),
              t(FAILED, UPDATING, PODS_FOUND),
              t(FAILED, SUSPENDING, PODS_FOUND),
              t(FAILED, SUSPENDED, PODS_FOUND),
              t(FAILED, RESUMING, PODS_FOUND),
              t(FAILED, STOPPING, PODS_FOUND + ", or they are to be collected"),
              t(FAILED, STOPPED, NOT_WISHED)));

  private VmLife() {}

  /**
   * What the next state depends on, beside the state itself.
   *
   * @param wished whether the guest shall run (not Halted, not deleted)
   * @param aside whether a guest that shall run shall be put aside
   * @param keep whether the memory of a guest that crashed is kept
   * @param again whether a QEMU that crashed is replaced at once
   * @param sight what is seen of the run
   * @param held whether the back-off forbids a new run for now
   * @param faulty whether the last run ended by a fault
   * @param expired whether the state's deadline has passed without a known cause
   */
  public record Input(
      boolean wished,
      boolean aside,
      boolean keep,
      boolean again,
      Sight sight,
      boolean held,
      boolean faulty,
      boolean expired) {}

  /** The state that follows. Pure. */
  public static VmState next(VmState state, Input in) {
    return switch (state) {
      case PENDING, FAILED -> resting(state, in);
      case STOPPED -> in.wished() && in.sight() == Sight.BARE ? SCHEDULING : resting(state, in);
      case SCHEDULING,
          STARTING,
          RUNNING,
          UPDATING,
          RESTARTING,
          KEPT,
          SUSPENDING,
          SUSPENDED,
          RESUMING ->
          living(state, in);
      case STOPPING -> collecting(in);
    };
  }

  private static VmState resting(VmState state, Input in) {
    if (!in.wished()) {
      return in.sight() == Sight.BARE ? STOPPED : STOPPING;
    }
    return switch (in.sight()) {
      case BARE -> in.held() ? state : SCHEDULING;
      case UNPLACED -> SCHEDULING;
      case PLACED -> STARTING;
      case RUNNING -> running(in);
      case HANDOFF -> UPDATING;
      case SUSPENDED -> aside(in);
      case OUTDATED, CRASHED, ENDED -> STOPPING;
    };
  }

  private static VmState running(Input in) {
    return in.aside() ? SUSPENDING : RUNNING;
  }

  private static VmState aside(Input in) {
    return in.aside() ? SUSPENDED : RESUMING;
  }

  private static VmState living(VmState state, Input in) {
    return switch (in.sight()) {
      case BARE -> !in.wished() ? STOPPED : state == SCHEDULING ? SCHEDULING : FAILED;
      case HANDOFF -> UPDATING; // even if not wished any more: the verdict comes first
      case OUTDATED, ENDED -> STOPPING;
      case UNPLACED -> in.wished() && state == SCHEDULING ? SCHEDULING : STOPPING;
      case PLACED -> !in.wished() ? STOPPING : placed(state, in);
      case RUNNING -> in.wished() ? running(in) : STOPPING;
      case SUSPENDED -> in.wished() ? aside(in) : STOPPING;
      case CRASHED -> in.wished() ? crashed(state, in) : STOPPING;
    };
  }

  private static VmState crashed(VmState state, Input in) {
    return switch (state) {
      case RUNNING, UPDATING, SUSPENDING -> in.keep() ? KEPT : in.again() ? RESTARTING : STOPPING;
      case RESTARTING -> in.expired() ? STOPPING : RESTARTING;
      case KEPT -> in.expired() || !in.keep() ? STOPPING : KEPT;
      default -> STOPPING;
    };
  }

  private static VmState placed(VmState state, Input in) {
    return switch (state) {
      // Paused, or its agent cannot tell: the run goes on.
      case RUNNING, UPDATING, SUSPENDING -> running(in);
      case SUSPENDED, RESUMING -> aside(in);
      case RESTARTING, KEPT -> in.expired() ? STOPPING : state;
      default -> state == STARTING && in.expired() ? STOPPING : STARTING;
    };
  }

  private static VmState collecting(Input in) {
    if (in.sight() != Sight.BARE) {
      return STOPPING;
    }
    if (!in.wished()) {
      return STOPPED;
    }
    return in.held() ? (in.faulty() ? FAILED : PENDING) : SCHEDULING;
  }

  private static Transition<VmState> t(VmState from, VmState to, String cause) {
    return new Transition<>(from, to, cause);
  }
}
