package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.operator.state.State;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a virtual machine is in its life; {@link VmLife} lists what leads from one to another. */
public enum VmState implements State {
  /**
   * Nothing of it exists, and it waits to be started. Deadline: the back-off, at most five minutes.
   * Transitions to SCHEDULING (its time has come), STOPPED (not wished any more), STARTING,
   * RUNNING, UPDATING or STOPPING (pods are found, after a lost status).
   */
  PENDING(VirtualMachinePhase.PENDING, Duration.ofMinutes(5)),

  /**
   * The anchor waits for a node. Deadline: ten minutes, then Stalled says so and it goes on
   * waiting. Transitions to STARTING (it has one), RUNNING or UPDATING (seen late), STOPPING (not
   * wished any more, or the spec was mended), STOPPED (not wished, and nothing was made yet).
   */
  SCHEDULING(VirtualMachinePhase.SCHEDULING, Duration.ofMinutes(10)),

  /**
   * Pods start, memory is allocated, QEMU is launched. Deadline: five minutes, then the run is
   * given up. Transitions to RUNNING (the guest runs), UPDATING (seen late), STOPPING (not wished
   * any more, mended spec, a fault, deadline), FAILED (every pod vanished), STOPPED (all vanished,
   * not wished).
   */
  STARTING(VirtualMachinePhase.STARTING, Duration.ofMinutes(5)),

  /**
   * The guest runs: the goal, without a deadline. Transitions to UPDATING (a LiveUpdate is under
   * way), STOPPING (not wished any more, or the run ended), FAILED (every pod vanished), STOPPED
   * (all vanished, not wished).
   */
  RUNNING(VirtualMachinePhase.RUNNING, null),

  /**
   * The guest runs and a LiveUpdate is under way, whose own deadlines count. Transitions to RUNNING
   * (it ended), STOPPING (the run ended), FAILED (every pod vanished), STOPPED (all vanished, not
   * wished).
   */
  UPDATING(VirtualMachinePhase.UPDATING, null),

  /**
   * QEMU has crashed: a new one starts the guest anew in the same anchor. Deadline: two minutes,
   * then the run is over. Transitions to RUNNING (the guest runs), SUSPENDING (seen late), STOPPING
   * (not wished any more, the start failed, or the deadline passed), FAILED (every pod vanished),
   * STOPPED (all vanished, not wished).
   */
  RESTARTING(VirtualMachinePhase.RESTARTING, Duration.ofMinutes(2)),

  /**
   * The guest crashed, and its anchor is kept, as spec.onCrash says. Deadline: spec.keepFor, an
   * hour by default; then the run is over. Transitions to STOPPING (deadline, not wished any more,
   * or the anchor ended), RUNNING, SUSPENDING, UPDATING, SUSPENDED or RESUMING (seen late), FAILED
   * (every pod vanished), STOPPED (all vanished, not wished).
   */
  KEPT(VirtualMachinePhase.KEPT, Duration.ofHours(1)),

  /**
   * The guest runs, and is about to be put aside. Deadline: five minutes, then Stalled says so and
   * it is tried on. Transitions to SUSPENDED (it is), RUNNING (wished otherwise), UPDATING (a
   * LiveUpdate is under way), RESUMING (it was, and is wished otherwise), RESTARTING (QEMU
   * crashed), STOPPING (the run ended), FAILED (every pod vanished), STOPPED (all vanished, not
   * wished).
   */
  SUSPENDING(VirtualMachinePhase.SUSPENDING, Duration.ofMinutes(5)),

  /**
   * The guest is put aside: the goal of power Suspended, without a deadline. Transitions to
   * RESUMING (wished otherwise), STOPPING (the run ended, or is not wished any more), FAILED (every
   * pod vanished), STOPPED (all vanished, not wished).
   */
  SUSPENDED(VirtualMachinePhase.SUSPENDED, null),

  /**
   * A new QEMU is launched that takes the guest up. Deadline: five minutes, then Stalled says so
   * and it is tried on: what was saved is kept. Transitions to RUNNING (the guest runs), SUSPENDED
   * (wished aside again), SUSPENDING (the same, seen late), STOPPING (the run ended, or is not
   * wished any more), FAILED (every pod vanished), STOPPED (all vanished, not wished).
   */
  RESUMING(VirtualMachinePhase.RESUMING, Duration.ofMinutes(5)),

  /**
   * The guest is powered down and the pods are collected: VMM first, then anchor. Deadline: a
   * minute past the pod's own grace period, then Degraded says so; the kubelet's SIGKILL is the way
   * out. Transitions to STOPPED (nothing left), PENDING (to start again), FAILED (to start again
   * after a fault), SCHEDULING (to start again at once).
   */
  STOPPING(VirtualMachinePhase.STOPPING, Duration.ofMinutes(1)),

  /**
   * No guest and no pods, as wished: the goal of Halted, without a deadline. Transitions to
   * SCHEDULING (wished again), STOPPING (pods are found), STARTING, RUNNING or UPDATING (pods are
   * found and wished).
   */
  STOPPED(VirtualMachinePhase.STOPPED, null),

  /**
   * The guest ended by a fault or could not be started, and is started again after the back-off.
   * Deadline: the back-off, at most five minutes. Transitions as PENDING.
   */
  FAILED(VirtualMachinePhase.FAILED, Duration.ofMinutes(5));

  private final VirtualMachinePhase phase;
  private final @Nullable Duration deadline;

  VmState(VirtualMachinePhase phase, @Nullable Duration deadline) {
    this.phase = phase;
    this.deadline = deadline;
  }

  /** The state of a virtual machine whose status has this phase; none yet is {@link #PENDING}. */
  public static VmState of(@Nullable VirtualMachinePhase phase) {
    return Arrays.stream(values()).filter(s -> s.phase == phase).findFirst().orElse(PENDING);
  }

  /** The phase that its status shows. */
  public VirtualMachinePhase phase() {
    return phase;
  }

  @Override
  public String label() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }

  /** A virtual machine's life ends with its deletion only: no state is terminal. */
  @Override
  public boolean terminal() {
    return false;
  }

  @Override
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }
}
