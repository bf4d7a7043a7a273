package dev.moult.agent.run;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.update.Attention;
import dev.moult.agent.update.Conductor;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Ending;
import dev.moult.agent.update.Handoff;
import dev.moult.agent.update.Successor;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.linux.Deadline;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.wire.Event;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The updates of a VM: conducted, ended after a restart, or given up before they began. */
final class UpdateSteps implements Attention {
  private static final Logger LOG = Logger.getLogger(UpdateSteps.class);
  private static final Duration KILL = Duration.ofSeconds(30);

  private final NodeContext node;
  private final VmState state;
  private final VmWorker.Signals signals;
  private final Inspection inspection;
  private final GuestWatch guests;
  private @Nullable String conducted;
  private @Nullable String beingTold;

  UpdateSteps(
      NodeContext node,
      VmState state,
      VmWorker.Signals signals,
      Inspection inspection,
      GuestWatch guests) {
    this.node = node;
    this.state = state;
    this.signals = signals;
    this.inspection = inspection;
    this.guests = guests;
  }

  /** Conducts the handoff whose new VMM has dialled. */
  void conduct(String updateUid, PodState target) throws IOException, InterruptedException {
    LiveUpdate update = state.updates().get(updateUid).orElseThrow();
    RunRecord run = Objects.requireNonNull(state.run());
    conducted = updateUid;
    long began = System.nanoTime();
    guests.hangUp();
    try {
      Handoff handoff =
          new Handoff(
              updateUid,
              update.getMetadata().getName(),
              update.getMetadata().getNamespace(),
              run,
              Objects.requireNonNull(state.monitor()),
              target.uid(),
              Objects.requireNonNull(target.view()).name(),
              Objects.requireNonNull(target.hello()).probe(),
              node.pairs().get(),
              update.getSpec().verifyMemory(),
              state.updates().deadline(updateUid),
              node.broker(),
              state.journal(),
              this);
      Conductor conductor =
          new Conductor(
              handoff,
              node.clock(),
              checked -> node.teller().checked(update, run.runId(), checked));
      Conductor.Ended ended = conductor.conduct();
      finish(conductor.record(), ended.result(), ended.target(), ended.to());
      node.measures().updateEnded(ended.result(), Duration.ofNanos(System.nanoTime() - began));
    } finally {
      conducted = null;
      // Broken off by an error of ours: it is in the journal, and is settled before all else.
      state.save(state.journal().update().orElse(state.update()));
    }
  }

  /** Ends the handoff that an earlier agent began. */
  void settle() throws IOException, InterruptedException {
    UpdateRecord update = Objects.requireNonNull(state.update());
    RunRecord run = Objects.requireNonNull(state.run());
    long began = System.nanoTime();
    // Planned may be launched by now; a launcher that still waits never is.
    boolean launched =
        !state.stageIs(update.to().podUid(), Stage.DIALLED)
            && !state.stageIs(update.to().podUid(), Stage.EXPECTED);
    Monitor held = state.monitor();
    boolean ofA = held != null && held.podUid().equals(update.from().podUid());
    Successor.Ended ended =
        new Successor(node.broker(), state.journal(), this, node.clock())
            .settle(update, run.anchorPodUid(), ramBytes(run), launched, ofA ? held : null);
    Monitor source = ended.source();
    if (source != null) {
      hold(source);
    }
    finish(update, ended.result(), ended.target(), ended.to());
    node.measures().updateEnded(ended.result(), Duration.ofNanos(System.nanoTime() - began));
  }

  private static long ramBytes(RunRecord run) {
    FrozenMachine machine = run.machine();
    return machine == null ? 0 : machine.memoryBytes();
  }

  private void hold(Monitor monitor) {
    Monitor before = state.monitor();
    if (before == monitor) {
      return;
    }
    if (before != null) {
      before.close();
    }
    state.setMonitor(monitor);
    monitor.passOn(signals::post);
  }

  private void finish(
      UpdateRecord begun,
      UpdateResult result,
      @Nullable Monitor target,
      RunRecord.@Nullable VmmRecord to)
      throws IOException, InterruptedException {
    RunRecord run = Objects.requireNonNull(state.run());
    if (to != null) {
      // First who is in charge, then that the update is over: a crash in between settles again.
      state.save(run.withVmm(to));
      if (!begun.asleep()) {
        // Whatever A's STOP made of it: it runs on B.
        state.setGuest(GuestState.RUNNING, null, null);
      }
      state.known(run.vmm() == null ? "" : run.vmm().podUid()).ifPresent(PodState::dead);
      if (target != null) {
        hold(target);
      }
    }
    Long pause = result.pauseMicros();
    if (to != null && pause != null) {
      guests.stoodStill(Duration.of(pause, ChronoUnit.MICROS));
    }
    UpdateRecord over = keep(begun, result);
    state.known(over.to().podUid()).filter(pod -> to == null).ifPresent(PodState::dead);
    Monitor monitor = state.monitor();
    if (monitor != null) {
      try {
        inspection.guest(monitor);
      } catch (QmpException e) {
        signals.post(new VmSignal.Wake()); // the end of its monitor comes as a signal too
      }
    }
  }

  /** Keeps the result until it is told. Without room for it only a refusal may go on. */
  private UpdateRecord keep(UpdateRecord begun, UpdateResult result) throws IOException {
    UpdateRecord over = state.journal().update().orElse(begun).ended(result);
    try {
      state.journal().save(over);
    } catch (IOException e) {
      if (result.verdict() != End.REFUSED) {
        throw e;
      }
      LOG.warnf(e, "a refusal is not in the journal update=%s", begun.name());
    }
    state.save(over);
    return over;
  }

  /** Ends an update whose handoff never began. */
  void giveUp(String updateUid, Step.Why why)
      throws BrokerException, IOException, InterruptedException {
    LiveUpdate update = state.updates().get(updateUid).orElseThrow();
    Optional<PodState> target = state.newVmm(updateUid);
    UpdateRecord record = record(update, target);
    NeverBegan ending = new NeverBegan(update, why, target);
    UpdateResult result =
        Ending.givenUp(
            record,
            why == Step.Why.JOURNAL_LOST ? End.FAILED : End.ROLLED_BACK,
            ending.reason(),
            ending.message(),
            node.clock());
    begin(record, result);
    if (target.isPresent() && target.get().stage() == Stage.DIALLED) {
      var unused = node.broker().ask(new Request.Kill(target.get().uid()), List.of(), KILL);
      target.get().dead();
    }
    state.save(record.ended(result));
    node.measures().updateEnded(result, Duration.ZERO);
  }

  /** Nothing was touched: an agent that finds no record of it decides the same again. */
  private void begin(UpdateRecord record, UpdateResult result) {
    try {
      state.journal().begin(record.ended(result));
    } catch (IOException e) {
      LOG.warnf(e, "an update that never began is not in the journal update=%s", record.name());
    }
  }

  private UpdateRecord record(LiveUpdate update, Optional<PodState> target) {
    RunRecord run = state.run();
    RunRecord.VmmRecord none = new RunRecord.VmmRecord("", "", "", List.of(), false);
    RunRecord.VmmRecord from = run == null || run.vmm() == null ? none : run.vmm();
    PodView view = target.map(PodState::view).orElse(null);
    RunRecord.VmmRecord to =
        view == null
            ? none
            : new RunRecord.VmmRecord(view.uid(), view.name(), "", List.of(), false);
    return UpdateRecord.begun(
        update.getMetadata().getUid(),
        update.getMetadata().getName(),
        update.getMetadata().getNamespace(),
        run == null ? "" : run.runId(),
        from,
        to,
        state.updates().deadline(update.getMetadata().getUid()));
  }

  /** Tells the result of the update that is over, until it is told. */
  void tellResult() {
    UpdateRecord update = state.update();
    if (update == null || update.result() == null) {
      return;
    }
    if (state.updates().isFinished(update.uid())) {
      forgetUpdate(update);
      return;
    }
    LiveUpdate seen = state.updates().get(update.uid()).orElse(null);
    if (seen == null || update.uid().equals(beingTold)) {
      return;
    }
    beingTold = update.uid();
    node.teller()
        .ended(
            seen,
            update,
            update.result(),
            () -> signals.post(new VmSignal.ResultTold(update.uid())));
  }

  private void forgetUpdate(UpdateRecord update) {
    try {
      state.journal().endUpdate();
      state.save((UpdateRecord) null);
      beingTold = null;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("journal of update " + update.name(), e);
    }
  }

  // ---------------------------------------------------------------- the VM while a handoff has it

  @Override
  public boolean until(BooleanSupplier condition, Deadline deadline) throws InterruptedException {
    return signals.until(condition, deadline);
  }

  @Override
  public Demand demand() {
    RunRecord run = state.run();
    if (run != null && run.guest().ended()) {
      return Demand.GUEST_ENDED;
    }
    if (state.isStopWanted()) {
      return Demand.GUEST_STOPS;
    }
    if (conducted != null && state.updates().isCancelled(conducted)) {
      return Demand.UPDATE_DELETED;
    }
    if (conducted != null && state.newVmm(conducted).filter(PodState::leaving).isPresent()) {
      return Demand.TARGET_DELETED;
    }
    return signals.stopping() ? Demand.AGENT_STOPS : Demand.NONE;
  }

  @Override
  public boolean exited(String podUid) {
    return state.stageIs(podUid, Stage.EXITED);
  }

  @Override
  public Optional<String> launchFailure(String podUid) {
    return state.known(podUid).map(PodState::failure).map(Event.LaunchFailed::message);
  }

  @Override
  public void wake() {
    signals.post(new VmSignal.Wake());
  }
}
