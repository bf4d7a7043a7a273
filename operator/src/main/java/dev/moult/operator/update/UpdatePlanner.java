package dev.moult.operator.update;

import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VmmStatus;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.pod.Budgets;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.ProofOfDeath;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.vm.Losers;
import dev.moult.operator.vm.Updates;
import dev.moult.operator.vm.VmStatuses;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides what is to be done about a LiveUpdate. Pure: no client, no clock, no cache. */
final class UpdatePlanner {
  /** The old QEMU is killed by then, the new one of a rollback too. */
  private static final Duration DEAD_POD_GRACE = Duration.ofSeconds(1);

  /** Nothing runs in the pod any more: the object need not wait for the kubelet to notice. */
  private static final Duration PROVED_DEAD_GRACE = Duration.ZERO;

  private final UpdateSeen seen;
  private final UpdateDraft draft;
  private final LiveUpdateStatus status;

  private UpdatePlanner(UpdateSeen seen, Instant now) {
    this.seen = seen;
    var observation = UpdateObserver.observe(seen, now);
    var before = UpdateState.of(Updates.phase(seen.update()));
    var state =
        UpdateLife.next(
            before,
            new UpdateLife.Input(
                observation.sight(),
                observation.expired(),
                observation.overdue(),
                observation.cancelled()));
    draft = new UpdateDraft(seen, observation, before, state, now);
    status = UpdateStatuses.compose(draft);
  }

  /** The plan for what is seen at this moment. */
  static UpdatePlan plan(UpdateSeen seen, Instant now) {
    return new UpdatePlanner(seen, now).plan();
  }

  private UpdatePlan plan() {
    var sure = unusedAt().filter(draft.now()::isBefore).isEmpty();
    return new UpdatePlan(draft, status, actions(), wakeAt(), sure);
  }

  private List<Action> actions() {
    return switch (draft.state()) {
      case PENDING, CHECKING, TRANSFERRING -> List.of();
      case PREPARING -> prepare();
      case COMMITTING -> commit();
      case COMPLETED -> expire();
      case ROLLED_BACK, REFUSED, FAILED -> cleanUp();
    };
  }

  /** The budget is raised before the third pod exists. */
  private List<Action> prepare() {
    var to = status.to();
    if (seen.vm().isEmpty() || to == null || draft.observation().newPod().isPresent()) {
      return List.of();
    }
    var vm = seen.vm().get();
    return List.of(
        new Action.ApplyBudget(Budgets.updating(vm)),
        new Action.CreatePod(VmmPods.build(vm, order(vm, to), seen.images())));
  }

  private VmmPods.Order order(VirtualMachine vm, UpdateSide to) {
    var name = Objects.requireNonNull(to.pod());
    return new VmmPods.Order(
        Objects.requireNonNull(VmStatuses.uid(vm.getStatus()), "a running VM has a uid"),
        Objects.requireNonNull(status.nodeName(), "a started update has a node"),
        Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)),
        Objects.requireNonNull(to.image()),
        seen.newPodFits() ? VmmPods.cpuRequest(vm) : VmmPods.TINY_CPU,
        Optional.of(seen.update().getMetadata().getUid()));
  }

  /** CPU first: the scheduler counts the wish at once, so nobody else takes the old pod's. */
  private List<Action> commit() {
    var actions = new ArrayList<Action>();
    var wished = seen.vm().map(VmmPods::cpuRequest);
    draft
        .observation()
        .newPod()
        .filter(pod -> wished.isPresent())
        .filter(pod ->
            PodFacts.cpuWished(pod)
                .filter(cpu -> UpdateObserver.enough(cpu, wished.get()))
                .isEmpty())
        .ifPresent(pod -> actions.add(new Action.ResizeCpu(pod, wished.get())));
    draft
        .observation()
        .oldPod()
        .filter(pod -> !PodFacts.terminating(pod))
        .ifPresent(pod -> actions.add(removal(pod, StepName.OLD_VMM_KILLED)));
    return actions;
  }

  /**
   * The loser goes after a live look at the verdict, and at once if the agent's step says that its
   * QEMU was seen dead through its pidfd.
   */
  private Action removal(Pod loser, StepName death) {
    var proved =
        Optional.ofNullable(seen.update().getStatus()).stream()
            .flatMap(told -> told.timeline().stream())
            .anyMatch(entry -> entry.step().equals(death.value()));
    return new Action.DeletePod(
        loser,
        Optional.of(proved ? PROVED_DEAD_GRACE : DEAD_POD_GRACE),
        new Action.Proviso.Loser(seen.update(), draft.now()),
        proved ? Optional.of(ProofOfDeath.BY_AGENT) : Optional.empty());
  }

  /** The new pod goes, unless it holds the guest. */
  private List<Action> cleanUp() {
    var actions = new ArrayList<>(expire());
    remains()
        .filter(pod -> unusedAt().filter(draft.now()::isBefore).isEmpty())
        .ifPresent(pod -> actions.add(removal(pod, StepName.VMM_KILLED)));
    return actions;
  }

  /** The new pod of an update that came to nothing. */
  private Optional<Pod> remains() {
    return draft
        .observation()
        .newPod()
        .filter(pod -> draft.state().terminal() && draft.state() != UpdateState.COMPLETED)
        .filter(pod -> !PodFacts.terminating(pod))
        .filter(pod -> !inCharge(pod));
  }

  /** When to let go of it for want of a verdict. */
  private Optional<Instant> unusedAt() {
    return remains()
        .filter(pod -> Updates.verdict(seen.update()).isEmpty() && status.finishedAt() != null)
        .flatMap(pod -> Losers.unusedAt(Objects.requireNonNull(status.finishedAt()), pod));
  }

  private boolean inCharge(Pod pod) {
    return seen.vm()
        .map(VirtualMachine::getStatus)
        .map(VirtualMachineStatus::vmm)
        .map(VmmStatus::pod)
        .equals(Optional.of(pod.getMetadata().getName()));
  }

  private List<Action> expire() {
    return expiresAt().filter(at -> !draft.now().isBefore(at)).isPresent()
            && seen.update().getMetadata().getDeletionTimestamp() == null
        ? List.of(new Action.DeleteUpdate(seen.update()))
        : List.of();
  }

  private Optional<Instant> expiresAt() {
    var ttl = Optional.ofNullable(seen.update().getSpec().ttlAfterFinished());
    return Optional.ofNullable(status.finishedAt())
        .flatMap(end -> ttl.map(HumanDuration::parse).map(end::plus));
  }

  private Optional<Instant> wakeAt() {
    var deadline =
        draft.state() == draft.before()
            ? draft.observation().deadline()
            : Optional.ofNullable(status.startedAt())
                .map(at -> at.plus(HumanDuration.parse(seen.update().getSpec().timeout())));
    var living = deadline.filter(d -> !draft.state().terminal());
    return Stream.of(
            expiresAt(), unusedAt(), living, living.map(d -> d.plus(UpdateObserver.LAST_WORD)))
        .flatMap(Optional::stream)
        .filter(draft.now()::isBefore)
        .min(Instant::compareTo);
  }
}
