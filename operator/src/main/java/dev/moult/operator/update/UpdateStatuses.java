package dev.moult.operator.update;

import static dev.moult.api.v1alpha1.ConditionStatus.FALSE;
import static dev.moult.api.v1alpha1.ConditionStatus.TRUE;
import static dev.moult.api.v1alpha1.ConditionStatus.UNKNOWN;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.HandoffStatus;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.TimelineEntry;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodNames;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Composes the operator's own part of a LiveUpdate's status: all its fields, none of others. */
final class UpdateStatuses {
  private final UpdateDraft draft;
  private final @Nullable LiveUpdateStatus old;
  private final Optional<HandoffStatus> handoff;

  private UpdateStatuses(UpdateDraft draft) {
    this.draft = draft;
    this.old = draft.old();
    handoff = Optional.ofNullable(old).map(LiveUpdateStatus::handoff);
  }

  /** The operator's part of a cached status, to compare with what would be applied. */
  static @Nullable LiveUpdateStatus own(@Nullable LiveUpdateStatus status) {
    return status == null
        ? null
        : new LiveUpdateStatus(
            status.observedGeneration(),
            status.nodeName(),
            status.phase(),
            status.reason(),
            status.message(),
            status.from(),
            status.to(),
            null,
            null,
            null,
            null,
            status.brownout(),
            status.brownoutMicros(),
            status.duration(),
            status.durationMicros(),
            status.startedAt(),
            status.finishedAt(),
            List.of(),
            List.of(),
            Timeline.own(status.timeline()),
            Conditions.own(status.conditions()));
  }

  /** What the status shall be; once it has ended it never changes. */
  static LiveUpdateStatus compose(UpdateDraft draft) {
    var ended = draft.before().terminal() ? own(draft.old()) : null;
    return ended != null ? ended : new UpdateStatuses(draft).status();
  }

  private LiveUpdateStatus status() {
    var startedAt = startedAt();
    var finishedAt =
        draft.state().terminal() ? Optional.of(finishedAt()) : Optional.<Instant>empty();
    var duration = finishedAt.flatMap(end -> startedAt.map(start -> Duration.between(start, end)));
    var brownout = brownout();
    var reason = UpdateReason.of(draft);
    return new LiveUpdateStatus(
        draft.seen().update().getMetadata().getGeneration(),
        nodeName(),
        draft.state().phase(),
        reason.reason(),
        reason.message(),
        from(),
        to(),
        null, // handoff, pause, pauseMicros, memory: the agent's
        null,
        null,
        null,
        brownout.map(HumanDuration::format).orElse(null),
        brownout.map(UpdateStatuses::micros).orElse(null),
        duration.map(HumanDuration::format).orElse(null),
        duration.map(UpdateStatuses::micros).orElse(null),
        startedAt.orElse(null),
        finishedAt.orElse(null),
        List.of(), // blockers, descriptors: the agent's
        List.of(),
        timeline(startedAt, finishedAt),
        conditions(reason));
  }

  private static long micros(Duration duration) {
    return duration.truncatedTo(ChronoUnit.MICROS).toNanos() / 1000;
  }

  private boolean begun() {
    return old != null && old.startedAt() != null;
  }

  private Optional<Instant> startedAt() {
    if (begun()) {
      return Optional.ofNullable(old).map(LiveUpdateStatus::startedAt);
    }
    return draft.state() == UpdateState.PREPARING ? Optional.of(draft.now()) : Optional.empty();
  }

  private Instant finishedAt() {
    return old != null && old.finishedAt() != null ? old.finishedAt() : draft.now();
  }

  private Optional<VirtualMachineStatus> vm() {
    return draft.seen().vm().map(vm -> vm.getStatus());
  }

  private @Nullable String nodeName() {
    if (begun()) {
      return Objects.requireNonNull(old).nodeName();
    }
    return draft.state() == UpdateState.PREPARING
        ? vm().map(VirtualMachineStatus::nodeName).orElse(null)
        : null;
  }

  private @Nullable UpdateSide from() {
    var vmm = vm().map(VirtualMachineStatus::vmm);
    if (!begun()) {
      return vmm.filter(v -> draft.state() != UpdateState.PENDING)
          .filter(v -> v.pod() != null)
          .map(v -> new UpdateSide(v.pod(), oldUid(v.pod()), v.image(), v.qemuVersion()))
          .orElse(null);
    }
    var side = Objects.requireNonNull(old).from();
    return side == null
        ? null
        : new UpdateSide(
            side.pod(),
            side.uid(),
            side.image(),
            handoff.map(HandoffStatus::fromQemuVersion).orElse(side.qemuVersion()));
  }

  private @Nullable String oldUid(@Nullable String pod) {
    return draft.seen().pods().stream()
        .filter(p -> p.getMetadata().getName().equals(pod))
        .map(p -> p.getMetadata().getUid())
        .findFirst()
        .orElse(null);
  }

  /** Frozen at the start: a spec that changes meanwhile is the next update's. */
  private @Nullable UpdateSide to() {
    var vm = draft.seen().vm();
    if (!begun()) {
      return draft.state() != UpdateState.PREPARING || vm.isEmpty()
          ? null
          : new UpdateSide(
              PodNames.vmm(
                  vm.get().getMetadata().getName(),
                  VmmPods.nextRevision(vm.get().getStatus(), draft.seen().pods())),
              null,
              VmmPods.desiredImage(vm.get(), draft.seen().images()),
              null);
    }
    var side = Objects.requireNonNull(old).to();
    return side == null
        ? null
        : new UpdateSide(
            side.pod(),
            side.uid(),
            side.image(),
            handoff.map(HandoffStatus::toQemuVersion).orElse(side.qemuVersion()));
  }

  /** RESUME until the new pod has its CPU; nothing if it had it all along. */
  private Optional<Duration> brownout() {
    if (old != null && old.brownoutMicros() != null) {
      return Optional.of(Duration.of(old.brownoutMicros(), ChronoUnit.MICROS));
    }
    var committing =
        draft.state() == UpdateState.COMMITTING || draft.state() == UpdateState.COMPLETED;
    if (!committing || !draft.observation().cpuRestored()) {
      return Optional.empty();
    }
    if (!waitedForCpu()) {
      return Optional.of(Duration.ZERO);
    }
    var elapsed = Duration.between(resumedAt(), draft.now());
    return Optional.of(elapsed.isNegative() ? Duration.ZERO : elapsed);
  }

  private boolean waitedForCpu() {
    return Stream.ofNullable(old)
        .flatMap(s -> Conditions.find(s.conditions(), ConditionType.RESOURCES_RESTORED).stream())
        .anyMatch(c -> c.status() == FALSE);
  }

  private Instant resumedAt() {
    return Stream.ofNullable(old)
        .flatMap(s -> s.timeline().stream())
        .filter(e -> e.step().equals(StepName.GUEST_RESUMED.value()))
        .map(TimelineEntry::at)
        .flatMap(Stream::ofNullable)
        .findFirst()
        .or(() -> handoff.map(HandoffStatus::at))
        .orElse(draft.now());
  }

  private List<TimelineEntry> timeline(Optional<Instant> startedAt, Optional<Instant> finishedAt) {
    if (startedAt.isEmpty()) {
      return List.of();
    }
    var seen = draft.observation();
    var timeline = new Timeline(old == null ? List.of() : old.timeline(), startedAt.get());
    timeline.reached(StepName.STARTED, startedAt.get());
    if (seen.newPod().isPresent()) {
      timeline.reached(
          StepName.VMM_POD_CREATED, draft.seen().newPodCreatedAt().orElse(draft.now()));
    }
    if (seen.newPod().filter(PodFacts::everRan).isPresent()) {
      timeline.reached(StepName.VMM_POD_STARTED, draft.now());
    }
    brownout().ifPresent(b -> timeline.reached(StepName.CPU_RETURNED, resumedAt().plus(b)));
    if (draft.state() == UpdateState.COMPLETED) {
      timeline.reached(StepName.OLD_POD_DELETED, draft.now());
    }
    finishedAt.ifPresent(at -> timeline.reached(StepName.FINISHED, at));
    return timeline.entries();
  }

  private List<Condition> conditions(UpdateReason reason) {
    var conditions =
        new Conditions(
            old == null ? List.of() : old.conditions(),
            draft.seen().update().getMetadata().getGeneration(),
            draft.now());
    conditions.set(ConditionType.READY, ready(), reason.reason(), reason.message());
    if (!draft.state().terminal()) {
      conditions.set(ConditionType.RECONCILING, TRUE, reason.reason(), reason.message());
    }
    var stuck =
        draft.state() == UpdateState.COMMITTING
            ? draft.observation().expired()
            : draft.state() == draft.before() && draft.observation().overdue();
    if (stuck || (draft.state().terminal() && draft.state() != UpdateState.COMPLETED)) {
      conditions.set(ConditionType.STALLED, TRUE, reason.reason(), reason.message());
    }
    if (brownout().isPresent()) {
      conditions.set(ConditionType.RESOURCES_RESTORED, TRUE, Reason.CPU_RETURNED.value(), null);
    } else if (draft.state() == UpdateState.COMMITTING) {
      conditions.set(
          ConditionType.RESOURCES_RESTORED,
          FALSE,
          Reason.CPU_PENDING.value(),
          UpdateReason.cpuMessage(draft));
    }
    return conditions.list();
  }

  private ConditionStatus ready() {
    if (!draft.state().terminal()) {
      return UNKNOWN;
    }
    return draft.state() == UpdateState.COMPLETED ? TRUE : FALSE;
  }
}
