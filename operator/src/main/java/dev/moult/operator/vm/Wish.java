package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.OnCrash;
import dev.moult.api.v1alpha1.Power;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.TerminationStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import java.util.Optional;
import java.util.Set;

/** Whether a guest shall run, by its strategy, by what was asked for and by how it ended. Pure. */
final class Wish {
  private static final Set<Sight> RUN_GOES_ON =
      Set.of(Sight.UNPLACED, Sight.PLACED, Sight.RUNNING, Sight.HANDOFF, Sight.SUSPENDED);

  private Wish() {}

  /** Whether it shall run now; a restart wishes it away first. */
  static boolean wished(VirtualMachine vm, VmState state, Observation seen) {
    if (Updates.toStop(vm) || seen.restart().pending()) {
      return false;
    }
    if (aside(vm) && !goesOn(vm, state, seen)) {
      return false; // nobody starts a guest to put it aside
    }
    return switch (vm.getSpec().runStrategy()) {
      case HALTED -> false;
      case ALWAYS -> true;
      case RERUN_ON_FAILURE ->
          goesOn(vm, state, seen) || seen.restart().open() || !poweredOff(vm, state, seen);
      case MANUAL -> goesOn(vm, state, seen) || seen.restart().open();
    };
  }

  /** Whether a guest that runs shall be put aside. */
  static boolean aside(VirtualMachine vm) {
    return vm.getSpec().power() == Power.SUSPENDED;
  }

  /** Whether the memory of a guest that crashes is kept for a while. */
  static boolean keep(VirtualMachine vm) {
    return vm.getSpec().onCrash() == OnCrash.KEEP;
  }

  /** Pods that are found are left alone, whatever status has told of them or was lost. */
  private static boolean goesOn(VirtualMachine vm, VmState state, Observation seen) {
    var goesOn = RUN_GOES_ON.contains(seen.sight()) || (seen.sight() == Sight.CRASHED && keep(vm));
    return state != VmState.STOPPING && goesOn && !seen.givenUp(state);
  }

  /** Whether the guest itself has ended its last run, in order. */
  private static boolean poweredOff(VirtualMachine vm, VmState state, Observation seen) {
    if (Endings.living(state)) {
      return seen.sight() == Sight.ENDED
          && seen.ending().filter(ending -> byItself(ending.reason())).isPresent();
    }
    return Optional.ofNullable(vm.getStatus())
        .map(status -> status.lastTermination())
        .filter(last -> last.retryAt() == null)
        .map(TerminationStatus::reason)
        .filter(Wish::byItself)
        .isPresent();
  }

  private static boolean byItself(String reason) {
    return Reason.GUEST_POWERED_OFF.value().equals(reason);
  }
}
