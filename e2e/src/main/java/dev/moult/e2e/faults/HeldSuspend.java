package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A guest that is put aside or taken up, held at a step. */
final class HeldSuspend extends Held {
  private static final Duration REACHED = Duration.ofSeconds(90);
  private static final Duration SETTLED = Duration.ofSeconds(150);
  private static final Duration LOOK = Duration.ofMillis(100);

  private final SuspendTable.Cell cell;

  private HeldSuspend(Lane lane, SuspendTable.Cell cell, Lane.Before before, Qemus qemus)
      throws IOException {
    super(lane, cell, before, qemus);
    this.cell = cell;
  }

  /** Has the guest put aside, and taken up if the cell is about that, as far as the step. */
  static HeldSuspend at(Lane lane, SuspendTable.Cell cell, Qemus qemus)
      throws IOException, InterruptedException {
    var before = lane.ready();
    lane.pulse().reset();
    var held = new HeldSuspend(lane, cell, before, qemus);
    try {
      held.reach();
      return held;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      held.close();
      throw e;
    }
  }

  private void reach() throws IOException, InterruptedException {
    if (cell.step().aside()) {
      arm(cell.step().point());
      wish("Suspended");
    } else {
      wish("Suspended");
      await("put aside", HeldSuspend::isAside);
      arm(cell.step().point());
      wish("Running");
    }
    if (!firstHold().await(REACHED)) {
      throw new AssertionError(firstHold().point().fileName() + " was not reached");
    }
    if (!cell.step().aside()) {
      setPodB(
          lane().vmmPods().stream()
              .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
              .findFirst()
              .orElseThrow());
    }
  }

  private void wish(String power) {
    lane().namespace().patch(lane().name(), "{\"spec\":{\"power\":\"%s\"}}".formatted(power));
  }

  @Override
  boolean isDecided() {
    var record = Node.read(Node.journal(before().vmUid()).resolve("run.json"));
    return record.contains(cell.step().aside() ? "\"SAVED\"" : "\"OVER\"");
  }

  @Override
  boolean isCommitted() {
    return cell.step() == SuspendStep.CONSUMED;
  }

  /** No live update is about it. */
  @Override
  public @Nullable LiveUpdate update() {
    return null;
  }

  /** A guest that is put aside has no QEMU, or its run is over; then it is taken up, and runs. */
  @Override
  public String settle() throws IOException {
    if (cell.guest() == Expected.Guest.GONE) {
      return "deleted";
    }
    boolean over = cell.step().aside() && cell.guest() == Expected.Guest.NEW_RUN;
    if (over) {
      await("over", vm -> vm.getStatus().phase() == VirtualMachinePhase.STOPPED);
      wish("Running");
    } else if (cell.step().aside()) {
      await("put aside", HeldSuspend::isAside);
      if (Qemus.look().values().stream().anyMatch(vmmPodUids()::contains)) {
        throw new AssertionError("a QEMU lives, and its guest is put aside");
      }
      wish("Running");
    }
    await("taken up", vm -> TestNamespace.isTrue(vm, "Ready") && TestNamespace.guestRuns(vm));
    return over ? "Stopped, started" : cell.step().aside() ? "Suspended, taken up" : "taken up";
  }

  private static boolean isAside(VirtualMachine vm) {
    return vm.getStatus().phase() == VirtualMachinePhase.SUSPENDED
        && TestNamespace.isTrue(vm, "Ready");
  }

  /** Each VMM pod on the way is one that may run the guest: all of them are watched. */
  private void await(String what, Predicate<VirtualMachine> wanted) {
    long end = System.nanoTime() + SETTLED.toNanos();
    while (true) {
      String seen;
      try {
        know(lane().vmmPods());
        var vm = lane().namespace().vm(lane().name()).get();
        if (vm != null && wanted.test(vm)) {
          return;
        }
        seen = vm == null ? "gone" : Objects.toString(vm.getStatus());
      } catch (KubernetesClientException e) {
        seen = e.toString(); // the API server was away
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("it is not " + what + ": " + seen);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
