package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FailedProbe;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.ProbesStatus;
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
    var told = guest.map(GuestStatus::probes);
    return ranSince(seen, guest)
        .flatMap(since ->
            told.flatMap(by -> byAgent(by, since))
                .or(() ->
                    askedSince(probes, told, since)
                        .flatMap(asked -> byKubelet(probes, seen.vm(), asked))));
  }

  /** By its guest agent; the time told is that at which the last try began. */
  private static Optional<Ending> byAgent(ProbesStatus told, Instant since) {
    return Optional.ofNullable(told.failed())
        .filter(probe -> told.failedAt() != null && told.failedAt().isAfter(since))
        .map(probe -> {
          var startup = probe == FailedProbe.STARTUP;
          return Ending.of(
              startup ? Reason.STARTUP_PROBE_FAILED : Reason.LIVENESS_PROBE_FAILED,
              failed(startup) + Optional.ofNullable(told.message()).map(m -> "; " + m).orElse(""));
        });
  }

  /**
   * From when on the kubelet's liveness probe counts, which does not know of a startup probe by the
   * guest agent; none before that has succeeded.
   */
  private static Optional<Instant> askedSince(
      ProbeReport probes, Optional<ProbesStatus> told, Instant ranSince) {
    return told.isEmpty() || probes.mayBeStartup()
        ? Optional.of(ranSince)
        : told.map(ProbesStatus::startedAt).map(at -> at.isAfter(ranSince) ? at : ranSince);
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

  private static Optional<Ending> byKubelet(ProbeReport probes, VirtualMachine vm, Instant since) {
    return probes
        .failedAt()
        .filter(at -> at.isAfter(since.plus(probes.tried())))
        .map(at -> byKubelet(probes, vm));
  }

  private static Ending byKubelet(ProbeReport probes, VirtualMachine vm) {
    var startup = probes.mayBeStartup() && (!probes.mayBeLiveness() || startupWasPending(vm));
    return Ending.of(
        startup ? Reason.STARTUP_PROBE_FAILED : Reason.LIVENESS_PROBE_FAILED,
        failed(startup)
            + "; how, say the events of "
            + PodNames.anchor(vm.getMetadata().getName()));
  }

  private static String failed(boolean startup) {
    return "the guest's " + (startup ? "startup" : "liveness") + " probe failed";
  }

  private static boolean startupWasPending(VirtualMachine vm) {
    return Optional.ofNullable(vm.getStatus())
        .map(VirtualMachineStatus::conditions)
        .flatMap(conditions -> Conditions.find(conditions, ConditionType.READY))
        .filter(ready -> Reason.STARTUP_PROBE_PENDING.value().equals(ready.reason()))
        .isPresent();
  }

  /** Why a guest that runs is not ready; empty when it is. */
  static Optional<Reason> unready(ProbeReport probes, Optional<GuestStatus> guest) {
    var told = guest.map(GuestStatus::probes);
    if (told.filter(by -> by.startedAt() == null).isPresent()
        || (probes.mayBeStartup() && !probes.started())) {
      return Optional.of(Reason.STARTUP_PROBE_PENDING);
    }
    return probes.started() && probes.ready() && told.filter(Probes::isUnready).isEmpty()
        ? Optional.empty()
        : Optional.of(Reason.READINESS_PROBE_FAILING);
  }

  private static boolean isUnready(ProbesStatus told) {
    return Boolean.FALSE.equals(told.ready());
  }

  /** The same for people, with what the agent has told if that is why. */
  static String words(Reason unready, Optional<GuestStatus> guest) {
    return unready.description()
        + guest
            .map(GuestStatus::probes)
            .filter(told -> told.startedAt() == null || isUnready(told))
            .map(ProbesStatus::message)
            .map(message -> " Last: " + message)
            .orElse("");
  }
}
