package dev.moult.cli.power;

import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.FilesystemFreezeStatus;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.cli.cluster.Machine;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a verb with {@code --wait} waits for, and what it says on the way. */
sealed interface PowerGoal {
  /** Whether the machine is there. */
  boolean reached(VirtualMachine vm);

  /** Why it will never be there; empty while it may. */
  default Optional<String> missed(VirtualMachine vm) {
    return Optional.empty();
  }

  /** What is said when it is, and when it was not in time: {@code not yet <words>}. */
  String words();

  /** The guest runs by the spec of this generation. */
  record Runs(long generation) implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return current(vm, generation) && isUp(vm);
    }

    @Override
    public String words() {
      return "running";
    }
  }

  /** No guest is left. */
  record Stopped(long generation) implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return current(vm, generation) && vm.getStatus().phase() == VirtualMachinePhase.STOPPED;
    }

    @Override
    public String words() {
      return "stopped";
    }
  }

  /**
   * The guest runs, and has been started since.
   *
   * @param runID the run before; null if there was none
   * @param since since when its guest was in its state; null if there was none
   */
  record Restarted(long generation, @Nullable String runID, @Nullable Instant since)
      implements PowerGoal {
    static Restarted from(Machine before, long generation) {
      var guest = before.status().map(VirtualMachineStatus::guest);
      return new Restarted(
          generation,
          before.status().map(VirtualMachineStatus::runID).orElse(null),
          guest.map(GuestStatus::since).orElse(null));
    }

    @Override
    public boolean reached(VirtualMachine vm) {
      return current(vm, generation) && isUp(vm) && isAnother(vm.getStatus());
    }

    private boolean isAnother(VirtualMachineStatus now) {
      GuestStatus guest = now.guest();
      return !Objects.equals(runID, now.runID())
          || (guest != null && !Objects.equals(since, guest.since()));
    }

    @Override
    public String words() {
      return "restarted";
    }
  }

  /** The guest stands still, as wished. */
  record Paused(long generation) implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return current(vm, generation) && standsStill(vm);
    }

    @Override
    public String words() {
      return "paused";
    }
  }

  /** The guest is put aside, as wished. */
  record Suspended(long generation) implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return current(vm, generation) && vm.getStatus().phase() == VirtualMachinePhase.SUSPENDED;
    }

    @Override
    public String words() {
      return "suspended";
    }
  }

  /**
   * The guest was reset since.
   *
   * @param served the request that was served last before; null if there was none
   */
  record Reset(long generation, @Nullable Instant served) implements PowerGoal {
    static Reset from(Machine before, long generation) {
      return new Reset(
          generation,
          before
              .status()
              .map(VirtualMachineStatus::guest)
              .map(GuestStatus::resetServed)
              .orElse(null));
    }

    @Override
    public boolean reached(VirtualMachine vm) {
      GuestStatus guest = current(vm, generation) ? vm.getStatus().guest() : null;
      return guest != null
          && guest.resetServed() != null
          && !Objects.equals(served, guest.resetServed());
    }

    @Override
    public String words() {
      return "reset";
    }
  }

  /**
   * The guest's file systems are frozen.
   *
   * @param requestedAt by the request of that time
   */
  record Frozen(@Nullable Instant requestedAt) implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return asked(vm).filter(it -> it.state() == FilesystemFreezeState.FROZEN).isPresent();
    }

    @Override
    public Optional<String> missed(VirtualMachine vm) {
      return asked(vm)
          .filter(it ->
              it.state() == FilesystemFreezeState.FAILED
                  || it.state() == FilesystemFreezeState.THAWED)
          .map(it -> it.message() == null ? "They are not frozen." : it.message());
    }

    private Optional<FilesystemFreezeStatus> asked(VirtualMachine vm) {
      return freeze(vm).filter(it -> Objects.equals(requestedAt, it.requestedAt()));
    }

    @Override
    public String words() {
      return "frozen";
    }
  }

  /** They are not, and are not about to be. */
  record Unfrozen() implements PowerGoal {
    @Override
    public boolean reached(VirtualMachine vm) {
      return freeze(vm)
          .filter(it ->
              it.state() == FilesystemFreezeState.FROZEN
                  || it.state() == FilesystemFreezeState.FREEZING)
          .isEmpty();
    }

    @Override
    public String words() {
      return "unfrozen";
    }
  }

  private static Optional<FilesystemFreezeStatus> freeze(VirtualMachine vm) {
    return Optional.ofNullable(vm.getStatus())
        .map(VirtualMachineStatus::guest)
        .map(GuestStatus::filesystemFreeze);
  }

  /** Whether the guest runs, or stands still where that is wished. */
  private static boolean isUp(VirtualMachine vm) {
    boolean paused = vm.getSpec() != null && Boolean.TRUE.equals(vm.getSpec().paused());
    return Machine.guestRuns(vm) || (paused && standsStill(vm));
  }

  private static boolean standsStill(VirtualMachine vm) {
    return Machine.hasGuest(vm)
        && Machine.condition(vm, ConditionType.PAUSED)
            .filter(paused -> Reason.PAUSED_BY_USER.value().equals(paused.reason()))
            .isPresent();
  }

  private static boolean current(VirtualMachine vm, long generation) {
    return vm.getStatus() != null
        && vm.getStatus().observedGeneration() != null
        && vm.getStatus().observedGeneration() >= generation;
  }
}
