package dev.moult.agent.run;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.Storage;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Power;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.RunStrategy;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.linux.Deadline;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.wire.Event;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** All that one VM's thread knows. Touched by that thread alone. */
final class VmState {
  private static final Logger LOG = Logger.getLogger(VmState.class);

  /** A guest that still boots does not heed its power button: it is pressed again. */
  private static final Duration PRESS_AGAIN = Duration.ofSeconds(3);

  private final String nodeName;
  private final VmJournal journal;
  private final Clock clock;
  private final Map<String, PodState> pods = new LinkedHashMap<>();
  private final UpdateBook updates;
  private @Nullable VirtualMachine vm;
  private @Nullable RunRecord run;
  private @Nullable UpdateRecord update;
  private @Nullable Monitor monitor;
  private boolean brokerUp;
  private boolean powerdownSent;
  private long pressAgainNanos;
  private boolean untidy;
  private boolean agentAsked;
  private boolean knocked;
  private final GuestPort guestPort = new GuestPort();
  private final WatchdogNews watchdog = new WatchdogNews();
  private GuestView guestView = new GuestView.Unknown();
  private @Nullable ProbesStatus probes;
  private List<UpdateRecord.Obstacle> blockers = List.of();
  private boolean changed;
  private Deadline wakeAt = Deadline.now();
  private Deadline askAgainAt = Deadline.never();
  private Deadline suspendAgainAt = Deadline.now();

  VmState(String nodeName, VmJournal journal, Clock clock) throws IOException {
    this.nodeName = nodeName;
    this.journal = journal;
    this.clock = clock;
    this.updates = new UpdateBook(nodeName, clock);
    run = journal.run().orElse(null);
    update = journal.update().orElse(null);
    if (run != null) {
      pod(run.anchorPodUid());
      if (run.vmm() != null) {
        pod(run.vmm().podUid());
      }
    }
    if (update != null) {
      pod(update.from().podUid());
      pod(update.to().podUid());
    }
  }

  void apply(VmSignal signal) {
    switch (signal) {
      case VmSignal.Wished wished -> vm = wished.vm();
      case VmSignal.Unwished unwished -> vm = null;
      case VmSignal.PodSeen seen -> pod(seen.pod().uid()).seen(seen.pod(), clock.instant());
      case VmSignal.PodGone gone -> known(gone.podUid()).ifPresent(PodState::gone);
      case VmSignal.Listed listed -> {
        pods.values().stream()
            .filter(pod -> !listed.podUids().contains(pod.uid()))
            .forEach(PodState::gone);
        if (update != null && !listed.updateUids().contains(update.uid())) {
          updates.finished(update.uid()); // deleted while no agent was there: nobody to tell
        }
      }
      case VmSignal.UpdateSeen seen -> updates.seen(seen.update());
      case VmSignal.UpdateGone gone -> updates.gone(gone.updateUid());
      case VmSignal.Brokered brokered -> brokered(brokered.event());
      case VmSignal.BrokerBack back -> brokerBack(back);
      case VmSignal.BrokerGone gone -> brokerUp = false;
      case VmSignal.Monitored monitored -> monitored(monitored.podUid(), monitored.event());
      case VmSignal.GuestLooked looked -> guestPort.looked(looked);
      case VmSignal.Knocked knock -> knocked = true;
      case VmSignal.ResultTold told -> updates.finished(told.updateUid());
      case VmSignal.Wake wake -> {}
    }
  }

  private void brokerBack(VmSignal.BrokerBack back) {
    brokerUp = true;
    untidy |= hasVmm(); // what an agent or broker before could not tidy up
    Map<String, PodStatus> byUid = new HashMap<>();
    for (PodStatus status : back.pods()) {
      byUid.put(status.podUid(), status);
      boolean remembered = status.vmUid().equals(journal.vmUid());
      if (remembered && known(status.podUid()).isEmpty()) {
        pod(status.podUid()).remembered(status.role(), !back.listed());
      }
    }
    pods.values().forEach(pod -> pod.apply(byUid.get(pod.uid())));
  }

  private void brokered(Event event) {
    pod(event.podUid()).apply(event);
    RunRecord now = run;
    if (now == null || !now.anchorPodUid().equals(event.podUid())) {
      return;
    }
    if (event instanceof Event.Launched launched) {
      untidy |= now.vmm() != null; // a handoff may have ended while there was no anchor
      boolean unused = parked(launched.facts(), launched.images());
    } else if (event instanceof Event.LaunchFailed failed && now.vmm() == null) {
      // Its container is started again and asks again, with what the spec says then.
      save(now.withAnchorUnplanned());
      // A second attempt that is cut off in its middle knows less than the first.
      if (failed.reason() != LaunchReason.LAUNCHER_DIED || !now.guest().ended()) {
        setGuest(GuestState.FAILED, LaunchFailure.reason(failed).value(), failed.message());
      }
    }
  }

  /**
   * The anchor has parked what it was told to.
   *
   * @return false when it does not say all that a new run needs to know
   */
  boolean parked(List<SlotFacts> facts, List<ImageFacts> images) {
    RunRecord now = Objects.requireNonNull(run);
    Optional<SlotFacts> ram =
        facts.stream().filter(fact -> fact.slot() == Slot.RAM.number()).findFirst();
    Storage storage = now.storage();
    boolean begins = storage != null && now.vmm() == null;
    Optional<Storage> found =
        begins && storage != null
            ? StorageFound.of(storage, facts, images)
            : Optional.ofNullable(storage);
    if (ram.isEmpty() || begins && found.isEmpty()) {
      return false;
    }
    save(now.withStorage(found.orElse(null)).withRamInode(ram.get().inode()));
    return true;
  }

  private void monitored(String podUid, QmpEvent event) {
    if (event.isClosed() && monitor != null && monitor.podUid().equals(podUid)) {
      monitor = null;
    }
    RunRecord now = run;
    if (now == null || now.vmm() == null || !now.vmm().podUid().equals(podUid)) {
      return;
    }
    changed |= Inspection.isChange(event);
    guestPort.heard(event);
    watchdog.heard(event);
    GuestRecord guest =
        GuestEnd.after(
            now.guest(), event, now.machine(), powerdownSent, clock.instant().toEpochMilli());
    if (!guest.same(now.guest())) {
      setGuest(guest);
    }
  }

  /**
   * Records a state of the guest. It is known although the journal has no room for it: a successor
   * asks the QEMU again, and the next record that is written has it.
   */
  void setGuest(GuestRecord guest) {
    RunRecord now = run;
    if (now == null || now.guest().same(guest)) {
      return;
    }
    keep(now.withGuest(guest), "the guest's state");
  }

  void setGuest(GuestState state, @Nullable String reason, @Nullable String message) {
    setGuest(new GuestRecord(state, reason, message, clock.instant().toEpochMilli()));
  }

  void save(RunRecord now) {
    try {
      journal.save(now);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("journal of " + now.name(), e);
    }
    run = now;
  }

  /**
   * Records that a request for a reset was served. It is remembered although the journal has no
   * room for it: else the guest would be reset without end.
   */
  void setResetServed(Instant request) {
    keep(Objects.requireNonNull(run).withResetServed(request), "that the guest was reset");
  }

  /**
   * Records what has become of a request to freeze. It is known although the journal has no room
   * for it: a successor looks again.
   */
  void setFreeze(FreezeRecord freeze) {
    RunRecord now = Objects.requireNonNull(run);
    if (freeze.equals(now.freeze())) {
      return;
    }
    keep(now.withFreeze(freeze), "what has become of a request to freeze");
  }

  /** For what is known although the journal may have no room for it. */
  private void keep(RunRecord next, String what) {
    try {
      journal.save(next);
    } catch (IOException e) {
      LOG.errorf(e, "%s is not in the journal vm=%s", what, journal.vmUid());
    }
    run = next;
  }

  void save(@Nullable UpdateRecord now) {
    update = now;
  }

  void setMonitor(@Nullable Monitor now) {
    monitor = now;
  }

  void setPowerdownSent() {
    powerdownSent = true;
    pressAgainNanos = System.nanoTime() + PRESS_AGAIN.toNanos();
  }

  /** The VM's thread looks again then. */
  void wakeAt(Deadline deadline) {
    wakeAt = deadline;
  }

  /** Something is to be asked of the guest's agent then, if nothing is earlier. */
  void askAgainAt(Deadline deadline) {
    if (deadline.remainingNanos() < askAgainAt.remainingNanos()) {
      askAgainAt = deadline;
    }
  }

  /** Nothing is to be asked of the guest's agent at a known time. */
  void nothingToAsk() {
    askAgainAt = Deadline.never();
  }

  void setBlockers(List<UpdateRecord.Obstacle> now) {
    blockers = List.copyOf(now);
  }

  /** Whether the machine may have changed since it was looked at. */
  boolean isChanged() {
    return changed;
  }

  void lookedAt() {
    changed = false;
  }

  List<UpdateRecord.Obstacle> blockers() {
    return blockers;
  }

  /** Whether somebody waits at the guest's screen. */
  boolean isKnocked() {
    return knocked;
  }

  /** Whoever waited has been dealt with. */
  void knockHeard() {
    knocked = false;
  }

  /** What was heard of the channel to the guest agent. */
  GuestPort guestPort() {
    return guestPort;
  }

  /** What its watchdog has done. */
  WatchdogNews watchdog() {
    return watchdog;
  }

  /** What is known through the guest agent. */
  GuestView guestView() {
    return guestView;
  }

  void setGuestView(GuestView now) {
    guestView = now;
  }

  /** What its probes through the guest agent show; null while this agent cannot say. */
  @Nullable ProbesStatus probes() {
    return probes;
  }

  void setProbes(@Nullable ProbesStatus now) {
    probes = now;
  }

  /** The guest agent is asked to power the guest down once. */
  void setAgentAsked() {
    agentAsked = true;
  }

  /** Begins a new run: what the last one was asked does not count for it. */
  void begin(RunRecord now) {
    powerdownSent = false;
    agentAsked = false;
    guestView = new GuestView.Unknown();
    probes = null;
    untidy = false;
    blockers = List.of();
    save(now);
  }

  /** Forgets all: the VM's last pod is gone. */
  void clear() {
    run = null;
    update = null;
    powerdownSent = false;
    agentAsked = false;
    guestView = new GuestView.Unknown();
    probes = null;
    untidy = false;
    blockers = List.of();
  }

  /** Whether the journal has a handoff without a result. */
  boolean isUnsettled() {
    return update != null && update.result() == null;
  }

  VmJournal journal() {
    return journal;
  }

  @Nullable RunRecord run() {
    return run;
  }

  @Nullable UpdateRecord update() {
    return update;
  }

  @Nullable VirtualMachine vm() {
    return vm;
  }

  @Nullable Monitor monitor() {
    return monitor;
  }

  boolean powerdownSent() {
    return powerdownSent;
  }

  /** The guest's time to power down: that of its QEMU's pod, or of its anchor. */
  boolean graceOver() {
    return holders().anyMatch(PodState::graceOver);
  }

  /** The power button has not helped for half of that time, and somebody else may. */
  private boolean mayAskAgent() {
    return !agentAsked
        && guestView instanceof GuestView.Present
        && holders().anyMatch(PodState::graceHalfOver);
  }

  private Stream<PodState> holders() {
    RunRecord now = run;
    if (now == null) {
      return Stream.empty();
    }
    String vmm = now.vmm() == null ? "" : now.vmm().podUid();
    return pods.values().stream()
        .filter(pod -> pod.uid().equals(now.anchorPodUid()) || pod.uid().equals(vmm));
  }

  private boolean hasVmm() {
    return run != null && run.vmm() != null;
  }

  /**
   * Nothing of a handoff is left in the meeting place and on the tap and QEMU has the anchor's
   * terminal, or nobody can tell.
   */
  void tidied() {
    untidy = false;
  }

  PodState pod(String uid) {
    return pods.computeIfAbsent(uid, PodState::new);
  }

  Optional<PodState> known(String uid) {
    return Optional.ofNullable(pods.get(uid));
  }

  void forget(String podUid) {
    pods.remove(podUid);
  }

  /** The LiveUpdates that were seen. */
  UpdateBook updates() {
    return updates;
  }

  boolean isEmpty() {
    return run == null && pods.isEmpty() && vm == null && updates.isEmpty();
  }

  /** Nanoseconds until a time of ours is over, at most so many. */
  long nanosToNextDeadline(long most) {
    long nearest = most;
    for (PodState pod : holders().filter(PodState::graceRuns).toList()) {
      nearest = Math.min(nearest, pod.graceLeftNanos());
      nearest = Math.min(nearest, PRESS_AGAIN.toNanos());
      nearest = pod.graceHalfOver() ? nearest : Math.min(nearest, pod.halfGraceLeftNanos());
    }
    nearest = Math.min(nearest, updates.nanosToDeadline(beingTold()));
    nearest = wakeAt.isPassed() ? nearest : Math.min(nearest, wakeAt.remainingNanos());
    nearest = Math.min(nearest, askAgainAt.remainingNanos());
    return Math.max(nearest, 0);
  }

  /** The update whose result waits to be told; null when there is none. */
  private @Nullable String beingTold() {
    return update == null ? null : update.uid();
  }

  Scene scene() {
    List<Scene.PodSeen> vmms = new ArrayList<>();
    Scene.PodSeen anchor = null;
    for (PodState pod : pods.values()) {
      if (!isOwn(pod)) {
        continue;
      }
      if (isAnchor(pod)) {
        anchor = first(anchor, pod.seenAs());
      } else {
        vmms.add(pod.seenAs());
      }
    }
    return new Scene(
        brokerUp,
        ownRun(anchor),
        anchor,
        vmms,
        run,
        monitor != null && !monitor.closed(),
        powerdownSent && System.nanoTime() - pressAgainNanos < 0,
        graceOver(),
        isUnsettled(),
        untidy,
        updates.wanted(beingTold()),
        mayAskAgent(),
        ownRun(anchor) ? wish() : null);
  }

  /** What is wished of the guest; null when the object is not known. */
  Scene.@Nullable Wish wish() {
    return vm == null
        ? null
        : new Scene.Wish(
            vm.getMetadata().getDeletionTimestamp() != null
                || vm.getSpec().runStrategy() == RunStrategy.HALTED,
            Boolean.TRUE.equals(vm.getSpec().paused()),
            aside(vm.getSpec()),
            vm.getSpec().resetRequestedAt());
  }

  private Scene.Aside aside(VirtualMachineSpec spec) {
    if (spec.power() != Power.SUSPENDED) {
      return Scene.Aside.NO;
    }
    return suspendAgainAt.isPassed() ? Scene.Aside.NOW : Scene.Aside.LATER;
  }

  /** A try to put the guest aside has failed: the next one waits so long. */
  void suspendAgainAt(Deadline deadline) {
    suspendAgainAt = deadline;
    wakeAt = deadline;
  }

  /** The guest is started anew in the same run: what the last one was asked does not count. */
  void beginAgain() {
    powerdownSent = false;
    agentAsked = false;
    guestView = new GuestView.Unknown();
    probes = null;
    blockers = List.of();
  }

  /**
   * Two anchors: the old run's, which is leaving, and the new one's. The leaving one comes first.
   */
  private static Scene.PodSeen first(Scene.@Nullable PodSeen one, Scene.PodSeen other) {
    return one == null || !leaving(one) && leaving(other) ? other : one;
  }

  private static boolean leaving(Scene.PodSeen pod) {
    return pod.deleting() || !pod.present();
  }

  /**
   * Whether a pod is in the VM's own namespace: from another, whoever may create pods there could
   * name a foreign VM as the owner.
   */
  private boolean isOwn(PodState pod) {
    PodView view = pod.view();
    if (view == null) {
      return true; // the journal's, or one that the broker was told to expect
    }
    String namespace =
        run != null ? run.namespace() : vm != null ? vm.getMetadata().getNamespace() : null;
    return view.namespace().equals(namespace);
  }

  private boolean isAnchor(PodState pod) {
    Role role = pod.role();
    return role != null ? role == Role.ANCHOR : run != null && run.anchorPodUid().equals(pod.uid());
  }

  private boolean ownRun(Scene.@Nullable PodSeen anchor) {
    return vm != null
        && vm.getStatus() != null
        && anchor != null
        && anchor.present()
        && nodeName.equals(vm.getStatus().nodeName())
        && Objects.equals(vm.getStatus().runID(), anchor.uid());
  }

  Optional<PodState> anchor() {
    return pods.values().stream().filter(this::isOwn).filter(this::isAnchor).findFirst();
  }

  /** The VMM that was made for that update. */
  Optional<PodState> newVmm(String updateUid) {
    return pods.values().stream()
        .filter(this::isOwn)
        .filter(pod -> pod.view() != null && updateUid.equals(pod.view().updateUid()))
        .findFirst();
  }

  /** Whether the guest is to power down: the pod of its QEMU or its anchor was deleted. */
  boolean isStopWanted() {
    Scene scene = scene();
    Scene.PodSeen anchor = scene.anchor();
    return scene.inCharge().filter(Scene.PodSeen::deleting).isPresent()
        || anchor == null
        || anchor.deleting()
        || !anchor.present();
  }

  boolean stageIs(String podUid, Stage stage) {
    return known(podUid).filter(pod -> pod.stage() == stage).isPresent();
  }
}
