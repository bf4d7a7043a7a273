package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.linux.stop.StopPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A live update that is held at a step. */
final class HeldUpdate extends Held {
  private static final Duration REACHED = Duration.ofSeconds(90);

  /** How often a lane is asked for an update that gets to the step. */
  private static final int TRIES = 3;

  /** How often an update that does not get to its step is looked at. */
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** For B to take in what A has sent: the time of the stop phase was spent by this hold. */
  private static final Duration TAKEN_IN = Duration.ofMillis(400);

  private final FaultTable.Cell cell;
  private final LiveUpdate update;

  private HeldUpdate(Lane lane, FaultTable.Cell cell, Lane.Before before, Qemus qemus)
      throws IOException {
    super(lane, cell, before, qemus);
    this.cell = cell;
    if (cell.step() == Step.MAIN) {
      arm(StopPoint.AGENT_HANG_UP);
    }
    arm(cell.step().point());
    this.update = lane.request();
  }

  /** Asks for a live update and waits until it stands at the cell's step. */
  static HeldUpdate at(Lane lane, FaultTable.Cell cell, Qemus qemus)
      throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      var before = lane.ready();
      lane.pulse().reset();
      var held = new HeldUpdate(lane, cell, before, qemus);
      try {
        held.reach();
        return held;
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        held.close();
        if (!(e instanceof RolledBackBefore) || tries == TRIES) {
          throw e;
        }
        System.err.println(lane.name() + " is asked again: " + e.getMessage());
      }
    }
  }

  /** An update that was rolled back before there was a fault: a slow moment of a busy machine. */
  private static final class RolledBackBefore extends AssertionError {
    private static final long serialVersionUID = 1;

    RolledBackBefore(String message) {
      super(message);
    }
  }

  private void reach() throws IOException, InterruptedException {
    await(firstHold());
    setPodB(lane().podB(update));
    if (cell.step() == Step.MAIN) {
      b().freeze();
      releaseFirst();
      await(firstHold());
    }
  }

  /** An update that has ended, or stands still, says why itself. */
  private void await(Hold hold) throws InterruptedException {
    long end = System.nanoTime() + REACHED.toNanos();
    while (!hold.await(LOOK)) {
      LiveUpdate now = lane().namespace().update(update.getMetadata().getName()).get();
      boolean over = now == null || TestNamespace.ended(now);
      if (over || System.nanoTime() - end > 0) {
        var why =
            "%s was not reached in %.1f s; the update: %s"
                .formatted(hold.point().fileName(), age().toMillis() / 1e3, told(now));
        throw now != null && TestNamespace.phase(now) == LiveUpdatePhase.ROLLED_BACK
            ? new RolledBackBefore(why)
            : new AssertionError(why);
      }
    }
  }

  private static String told(@Nullable LiveUpdate update) {
    if (update == null) {
      return "gone";
    }
    var status = update.getStatus();
    return status == null
        ? "has no status"
        : "%s %s: %s, %s"
            .formatted(status.phase(), status.reason(), status.message(), status.timeline());
  }

  @Override
  void release() throws IOException {
    if (cell.step() == Step.MAIN && cell.fault() != Fault.B_FROZEN) {
      b().thaw();
      LockSupport.parkNanos(TAKEN_IN.toNanos());
    }
    super.release();
  }

  @Override
  boolean isDecided() {
    var record = Node.journal(before().vmUid()).resolve("update.json");
    return !Files.exists(record) || Node.read(record).contains("\"verdict\"");
  }

  @Override
  boolean isCommitted() {
    return cell.step() == Step.TARGET_RUNS || cell.step() == Step.CLEANING;
  }

  @Override
  public LiveUpdate update() {
    return update;
  }
}
