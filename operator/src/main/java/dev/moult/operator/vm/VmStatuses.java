package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.MachineStatus;
import dev.moult.api.v1alpha1.MachineStatusBuilder;
import dev.moult.api.v1alpha1.UpdatesStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.api.v1alpha1.VmmStatus;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.RunSpec;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.status.Conditions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Composes the operator's own part of a VirtualMachine's status: all its fields, none of others.
 */
public final class VmStatuses {
  /** What the CRD allows. */
  private static final int MAX_BLOCKER = 2048;

  private VmStatuses() {}

  /** The operator's part of a cached status, to compare with what would be applied. */
  static VirtualMachineStatus own(@Nullable VirtualMachineStatus status) {
    if (status == null) {
      return VirtualMachineStatusBuilder.builder().build();
    }
    return new VirtualMachineStatus(
        status.observedGeneration(),
        status.runID(),
        status.phase(),
        status.nodeName(),
        status.address(),
        null,
        ownMachine(uid(status)),
        status.vmm(),
        status.updates(),
        status.restarts(),
        status.restartServed(),
        status.lastTermination(),
        status.podBlocker(),
        null,
        Conditions.own(status.conditions()));
  }

  /** The uid that the status has frozen; null if none. */
  public static @Nullable Integer uid(@Nullable VirtualMachineStatus status) {
    return status == null || status.machine() == null ? null : status.machine().uid();
  }

  /** What the status shall be. */
  static VirtualMachineStatus compose(Draft draft) {
    var old = own(draft.old());
    var ended =
        Endings.unwished(
            draft.before(), draft.state(), draft.wished(), draft.observation().sight());
    var restarts = Objects.requireNonNullElse(old.restarts(), 0) + (ended ? 1 : 0);
    return new VirtualMachineStatus(
        draft.seen().vm().getMetadata().getGeneration(),
        runId(draft, old),
        draft.state().phase(),
        nodeName(draft, old),
        draft.observation().anchor().flatMap(PodFacts::address).orElse(null),
        null, // guest: the agent's
        ownMachine(draft.seen().unixUid()),
        vmm(draft, old.vmm()),
        updates(draft, old.updates()),
        restarts,
        draft.observation().restart().served().orElse(null),
        Endings.after(
            draft.old(),
            draft.before(),
            draft.state(),
            draft.wished(),
            draft.observation(),
            draft.now()),
        draft.refusal().map(VmStatuses::blocker).orElse(null),
        null, // updatable: the agent's
        VmConditions.compose(draft));
  }

  private static @Nullable MachineStatus ownMachine(@Nullable Integer uid) {
    return uid == null ? null : MachineStatusBuilder.builder().uid(uid).build();
  }

  private static Blocker blocker(Trouble refusal) {
    var message = refusal.message();
    return new Blocker(
        refusal.reason().value(),
        message.length() > MAX_BLOCKER ? message.substring(0, MAX_BLOCKER) : message);
  }

  private static boolean bare(Draft draft) {
    return draft.observation().anchor().isEmpty() && draft.observation().vmms().isEmpty();
  }

  /** Set when the anchor is placed, kept until nothing of the run is left. */
  private static @Nullable String runId(Draft draft, VirtualMachineStatus old) {
    if (bare(draft)) {
      return null;
    }
    return draft
        .observation()
        .anchor()
        .filter(pod -> PodFacts.node(pod).isPresent())
        .map(pod -> pod.getMetadata().getUid())
        .orElse(draft.observation().anchor().isPresent() ? null : old.runID());
  }

  private static @Nullable String nodeName(Draft draft, VirtualMachineStatus old) {
    if (bare(draft)) {
      return null;
    }
    return draft
        .observation()
        .anchor()
        .map(PodFacts::node)
        .orElse(Optional.ofNullable(old.nodeName()))
        .orElse(null);
  }

  private static VmmStatus vmm(Draft draft, @Nullable VmmStatus old) {
    var desired = VmmPods.desiredImage(draft.seen().vm(), draft.seen().images());
    var placed = draft.observation().anchor().filter(pod -> PodFacts.node(pod).isPresent());
    if (placed.isEmpty()) {
      return new VmmStatus(null, null, null, desired, null);
    }
    var name = draft.observation().chargeName();
    var same = old != null && name.equals(old.pod()) ? old : null;
    var charge = draft.observation().charge();
    return new VmmStatus(
        name,
        charge.map(PodFacts::revision).orElse(same == null ? Integer.valueOf(1) : same.revision()),
        charge.flatMap(PodFacts::vmmImage).orElse(same == null ? desired : same.image()),
        desired,
        version(draft, name, same));
  }

  /** Version of the QEMU in charge: the agent's word about this pod, or the handoff's. */
  private static @Nullable String version(Draft draft, String pod, @Nullable VmmStatus old) {
    return draft
        .observation()
        .guest()
        .filter(g -> g.vmmPod() == null || g.vmmPod().equals(pod))
        .map(GuestStatus::qemuVersion)
        .or(() ->
            draft
                .observation()
                .committed()
                .map(u -> Objects.requireNonNull(u.getStatus()).handoff())
                .map(handoff -> handoff.toQemuVersion()))
        .orElse(old == null ? null : old.qemuVersion());
  }

  /** Counted in the write that moves {@code status.vmm}: so never twice, whatever crashes. */
  private static @Nullable UpdatesStatus updates(Draft draft, @Nullable UpdatesStatus old) {
    var committed = draft.observation().committed();
    if (committed.isEmpty()) {
      return old;
    }
    LiveUpdate update = committed.get();
    var status = Objects.requireNonNull(update.getStatus());
    var before = old == null ? null : old.completed();
    return new UpdatesStatus(
        Objects.requireNonNullElse(before, 0) + 1,
        status.pause(),
        status.pauseMicros(),
        update.getMetadata().getName());
  }

  /** Fields of a run that the spec has changed since; empty when nothing runs. */
  static List<String> changedSinceStart(Draft draft) {
    var wished = RunSpec.of(draft.seen().vm().getSpec());
    return draft
        .observation()
        .anchor()
        .flatMap(pod -> RunSpec.read(pod.getMetadata().getAnnotations()))
        .map(started -> started.differences(wished))
        .orElse(List.of());
  }
}
