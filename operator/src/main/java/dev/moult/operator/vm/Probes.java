package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.pod.PodNames;
import dev.moult.operator.pod.ProbeReport;
import dev.moult.operator.status.Conditions;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** What the probes of a guest that runs mean. Pure. */
final class Probes {
  private Probes() {}

  /**
   * The end that a failed probe is to a run. None if it failed because the guest did not run yet,
   * was paused or was handed over: it fails again if it was for more.
   */
  static Optional<Ending> failure(ProbeReport probes, Seen seen, Optional<GuestStatus> guest) {
    var ranSince = ranSince(seen, guest);
    return probes
        .failedAt()
        .filter(at -> ranSince.filter(since -> at.isAfter(since.plus(probes.tried()))).isPresent())
        .map(at -> failure(probes, seen.vm()));
  }

  /** From when on whoever asked could find a guest that ran. */
  private static Optional<Instant> ranSince(Seen seen, Optional<GuestStatus> guest) {
    var updates =
        seen.updates().stream()
            .map(LiveUpdate::getStatus)
            .filter(Objects::nonNull)
            .map(LiveUpdateStatus::finishedAt)
            .filter(Objects::nonNull);
    return guest
        .map(GuestStatus::since)
        .flatMap(since -> Stream.concat(Stream.of(since), updates).max(Instant::compareTo));
  }

  private static Ending failure(ProbeReport probes, VirtualMachine vm) {
    var startup = probes.mayBeStartup() && (!probes.mayBeLiveness() || startupWasPending(vm));
    return Ending.of(
        startup ? Reason.STARTUP_PROBE_FAILED : Reason.LIVENESS_PROBE_FAILED,
        "the guest's "
            + (startup ? "startup" : "liveness")
            + " probe failed; how, say the events of "
            + PodNames.anchor(vm.getMetadata().getName()));
  }

  private static boolean startupWasPending(VirtualMachine vm) {
    return Optional.ofNullable(vm.getStatus())
        .map(VirtualMachineStatus::conditions)
        .flatMap(conditions -> Conditions.find(conditions, ConditionType.READY))
        .filter(ready -> Reason.STARTUP_PROBE_PENDING.value().equals(ready.reason()))
        .isPresent();
  }

  /** Why a guest that runs is not ready; empty when it is. */
  static Optional<Reason> unready(ProbeReport probes) {
    if (!probes.started()) {
      return Optional.of(
          probes.mayBeStartup() ? Reason.STARTUP_PROBE_PENDING : Reason.READINESS_PROBE_FAILING);
    }
    return probes.ready() ? Optional.empty() : Optional.of(Reason.READINESS_PROBE_FAILING);
  }
}
