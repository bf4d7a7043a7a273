package dev.moult.operator.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the kubelet's probes say of a guest.
 *
 * @param started whether the startup probe, if there is one, has succeeded
 * @param ready whether the readiness probe, if there is one, succeeds
 * @param failedAt when a liveness or startup probe last failed for good
 * @param tried how long a try takes, with the time until the next
 * @param mayBeLiveness whether it may have been the liveness probe
 * @param mayBeStartup whether it may have been the startup probe
 */
public record ProbeReport(
    boolean started,
    boolean ready,
    Optional<Instant> failedAt,
    Duration tried,
    boolean mayBeLiveness,
    boolean mayBeStartup) {
  /** Of a guest that the kubelet asks nothing. */
  public static final ProbeReport NO_PROBES =
      new ProbeReport(true, true, Optional.empty(), Duration.ZERO, false, false);

  /** Of the guest behind an anchor. */
  public static ProbeReport of(Pod anchor) {
    return Stream.ofNullable(anchor.getSpec())
        .flatMap(spec -> spec.getContainers().stream())
        .filter(container -> GuestProbes.CONTAINER.equals(container.getName()))
        .findFirst()
        .map(container -> of(container, status(anchor)))
        .orElse(NO_PROBES);
  }

  private static ProbeReport of(Container container, Optional<ContainerStatus> status) {
    var liveness = Optional.ofNullable(container.getLivenessProbe());
    var startup = Optional.ofNullable(container.getStartupProbe());
    return new ProbeReport(
        status.filter(s -> Boolean.TRUE.equals(s.getStarted())).isPresent(),
        status.filter(s -> Boolean.TRUE.equals(s.getReady())).isPresent(),
        status.flatMap(ProbeReport::failedAt),
        Stream.concat(liveness.stream(), startup.stream())
            .map(ProbeReport::tried)
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO),
        liveness.isPresent(),
        startup.isPresent());
  }

  private static Duration tried(Probe probe) {
    return Duration.ofSeconds(probe.getPeriodSeconds() + probe.getTimeoutSeconds());
  }

  /** The kubelet has started it again after it had ended it: for a probe, as the pod goes on. */
  private static Optional<Instant> failedAt(ContainerStatus status) {
    return Optional.ofNullable(status.getLastState())
        .map(state -> state.getTerminated())
        .filter(end -> Integer.valueOf(GuestProbes.ENDED_BY_KUBELET).equals(end.getExitCode()))
        .map(ContainerStateTerminated::getFinishedAt)
        .flatMap(PodFacts::time);
  }

  private static Optional<ContainerStatus> status(Pod anchor) {
    return Stream.ofNullable(anchor.getStatus())
        .flatMap(status -> Stream.ofNullable(status.getContainerStatuses()))
        .flatMap(statuses -> statuses.stream())
        .filter(status -> GuestProbes.CONTAINER.equals(status.getName()))
        .findFirst();
  }
}
