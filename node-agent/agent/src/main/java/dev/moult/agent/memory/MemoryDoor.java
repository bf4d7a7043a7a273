package dev.moult.agent.memory;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Memfd;
import dev.moult.memory.MemoryReason;
import dev.moult.memory.StateFile;
import dev.moult.memory.StateRefused;
import dev.moult.memory.Step;
import dev.moult.wire.Event;
import dev.moult.wire.MemoryReport;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A VM's way to its memory container, for the VM's thread alone. Asking returns at once; what comes
 * of it is in {@link #outcome()} once the signals have been heard that bring the broker's events.
 * One work at a time.
 */
public final class MemoryDoor implements AutoCloseable {
  private final Broker broker;
  private final String anchorPodUid;

  private @Nullable String work;
  private @Nullable MemoryOutcome outcome;
  private long movedAtNanos;
  private @Nullable Fd read;

  /** To the container beside an anchor. */
  public MemoryDoor(Broker broker, String anchorPodUid) {
    this.broker = broker;
    this.anchorPodUid = anchorPodUid;
  }

  /**
   * Has RAM and state saved.
   *
   * @param state the state behind its header, as {@code StateFile} leaves it; borrowed
   * @return false when the container has not dialled yet: try again
   */
  public boolean save(String directory, String ramPath, String statePath, long bytes, Fd state)
      throws BrokerException, InterruptedException {
    return begin(new MemoryTask.Save(directory, ramPath, statePath, bytes), List.of(state));
  }

  /**
   * Has the anchor's RAM filled.
   *
   * @param held whether the state that was read is that of this RAM
   * @return as {@link #save}
   */
  public boolean fill(String directory, String path, long bytes, boolean held)
      throws BrokerException, InterruptedException {
    return begin(new MemoryTask.Fill(directory, path, bytes, held), List.of());
  }

  /**
   * Has a state taken and read; see {@link #takeState}.
   *
   * @param shared whether it is a template's
   * @return as {@link #save}
   */
  public boolean readState(String directory, String path, boolean shared)
      throws BrokerException, InterruptedException, LinuxException {
    Fd target = Memfd.create("suspended-state", 0, Memfd.Pages.NORMAL);
    closeRead();
    read = target;
    boolean begun = begin(new MemoryTask.ReadState(directory, path, shared), List.of(target));
    if (!begun) {
      closeRead();
    }
    return begun;
  }

  /**
   * The state that was read, proved whole here too; the caller's.
   *
   * @throws StateRefused when it is not whole, or a guest has run from it
   */
  public Fd takeState() throws IOException {
    Fd state = read;
    if (state == null || !(outcome instanceof MemoryOutcome.Done)) {
      throw new IllegalStateException("no state was read");
    }
    read = null;
    try {
      StateFile.readUnused(state);
      return state;
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /**
   * Has the state that was read taken a step on.
   *
   * @param by who takes it, the same word when it is asked for again
   * @return as {@link #save}
   */
  public boolean setStep(Step step, String by) throws BrokerException, InterruptedException {
    return begin(new MemoryTask.SetStep(step.number(), by), List.of());
  }

  /** Lets others take the state that was read. */
  public boolean release() throws BrokerException, InterruptedException {
    return begin(new MemoryTask.Release(), List.of());
  }

  /** Has RAM and state removed from which a guest of this VM has run. */
  public boolean discard(String directory, String ramPath, String statePath, String vmUid)
      throws BrokerException, InterruptedException {
    return begin(new MemoryTask.Discard(directory, ramPath, statePath, vmUid), List.of());
  }

  /** Asks the work under way to end; its outcome then says so, unless it was done before. */
  public void cancel() throws BrokerException, InterruptedException {
    String now = work;
    if (now != null && outcome instanceof MemoryOutcome.UnderWay) {
      broker.ask(new Request.Memory(anchorPodUid, now, new MemoryTask.Cancel()));
    }
  }

  /** What has become of the last work; null before any. */
  public @Nullable MemoryOutcome outcome() {
    return outcome;
  }

  /** Whether work is under way that has not moved for so long: its volume may not answer. */
  public boolean isStalled(Duration patience) {
    return outcome instanceof MemoryOutcome.UnderWay
        && System.nanoTime() - movedAtNanos > patience.toNanos();
  }

  /** The broker said something about the container. */
  public void apply(Event.OfMemory event) {
    if (!event.podUid().equals(anchorPodUid) || !(outcome instanceof MemoryOutcome.UnderWay was)) {
      return;
    }
    switch (event) {
      case Event.MemoryReady ready -> {
        if (!isMine(ready.work())) {
          interrupted("the memory container has begun anew");
        }
      }
      case Event.MemoryProgress progress -> {
        if (isMine(progress.report().work())) {
          var now = new MemoryOutcome.UnderWay(progress.report().done(), progress.report().total());
          if (!now.equals(was)) {
            movedAtNanos = System.nanoTime();
            outcome = now;
          }
        }
      }
      case Event.MemoryFinished finished -> {
        if (isMine(finished.report().work())) {
          outcome = new MemoryOutcome.Done(finished.report().bytes(), finished.report().micros());
        }
      }
      case Event.MemoryFailed failed -> {
        if (isMine(failed.report().work())) {
          failed(failed.report());
        }
      }
    }
  }

  /** The broker is gone, and with it the work that it gave. */
  public void brokerGone() {
    if (outcome instanceof MemoryOutcome.UnderWay) {
      interrupted("the broker went away");
    }
  }

  private boolean begin(MemoryTask task, List<Fd> attached)
      throws BrokerException, InterruptedException {
    if (outcome instanceof MemoryOutcome.UnderWay) {
      throw new IllegalStateException("work " + work + " is under way");
    }
    String next = UUID.randomUUID().toString();
    try {
      broker.ask(new Request.Memory(anchorPodUid, next, task), attached, Broker.ORDINARY);
    } catch (BrokerException.Refused e) {
      if (e.reason() == RefusalReason.NOT_DIALLED) {
        return false;
      }
      throw e;
    }
    work = next;
    movedAtNanos = System.nanoTime();
    outcome = new MemoryOutcome.UnderWay(0, 0);
    return true;
  }

  private boolean isMine(@Nullable String which) {
    return which != null && which.equals(work);
  }

  private void interrupted(String why) {
    outcome = new MemoryOutcome.Failed(MemoryReason.INTERRUPTED, 0, why);
    closeRead();
  }

  private void failed(MemoryReport.Failed report) {
    outcome =
        new MemoryOutcome.Failed(
            MemoryReason.of(report.reason()), report.errno(), report.message());
    closeRead();
  }

  private void closeRead() {
    if (read != null) {
      read.close();
      read = null;
    }
  }

  @Override
  public void close() {
    closeRead();
  }
}
