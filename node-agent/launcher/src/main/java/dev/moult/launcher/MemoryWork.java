package dev.moult.launcher;

import dev.moult.linux.Fd;
import dev.moult.memory.ColdFiles;
import dev.moult.memory.Failures;
import dev.moult.memory.MemoryReason;
import dev.moult.memory.Progress;
import dev.moult.memory.StateHold;
import dev.moult.memory.StateRefused;
import dev.moult.memory.Step;
import dev.moult.memory.VolumeFile;
import dev.moult.wire.MemoryOrder;
import dev.moult.wire.MemoryReport;
import dev.moult.wire.MemoryTask;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** One work with memory, on a thread of its own; it says once what came of it. */
final class MemoryWork {
  private final MemoryOrder order;
  private final List<Fd> descriptors;
  private final StateShelf shelf;
  private final Consumer<MemoryReport> teller;
  private final Progress progress = new Progress();
  private final Thread thread;
  private boolean over; // guarded by this

  /** Adopts the descriptors. */
  MemoryWork(
      MemoryOrder order, List<Fd> descriptors, StateShelf shelf, Consumer<MemoryReport> teller) {
    this.order = order;
    this.descriptors = descriptors;
    this.shelf = shelf;
    this.teller = teller;
    this.thread = Thread.ofPlatform().name("memory-work").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isNamed(String work) {
    return order.work().equals(work);
  }

  /** Whether its end was told. */
  synchronized boolean isOver() {
    return over;
  }

  /** It ends before its next block. */
  void cancel() {
    progress.cancel();
  }

  void await() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Never after the end: the broker would not know what it is about. */
  synchronized void tellProgress() {
    if (!over) {
      teller.accept(new MemoryReport.Progress(order.work(), progress.done(), progress.total()));
    }
  }

  private synchronized void tellEnd(MemoryReport report) {
    over = true;
    teller.accept(report);
  }

  private void run() {
    long began = System.nanoTime();
    MemoryReport report;
    try {
      long bytes = carryOut(order.task());
      report = new MemoryReport.Finished(order.work(), bytes, (System.nanoTime() - began) / 1_000);
    } catch (IOException e) {
      report = failed(Failures.reason(e), Failures.errno(e), String.valueOf(e.getMessage()));
    } catch (RuntimeException | OutOfMemoryError e) {
      report = failed(MemoryReason.OTHER, 0, e.toString());
    } finally {
      Fd.closeAll(descriptors);
    }
    if (report instanceof MemoryReport.Failed failed) {
      System.err.println("moult: " + order.task().name() + " failed: " + failed.message());
    }
    tellEnd(report);
  }

  private MemoryReport.Failed failed(MemoryReason reason, int errno, String message) {
    return new MemoryReport.Failed(order.work(), reason.word(), errno, message);
  }

  private long carryOut(MemoryTask task) throws IOException {
    int wanted = task.attached() + (task.ram() == MemoryTask.Ram.NONE ? 0 : 1);
    if (descriptors.size() != wanted) {
      throw new IOException(
          task.name() + " goes with " + wanted + " descriptors, not " + descriptors.size());
    }
    return switch (task) {
      case MemoryTask.Save save -> {
        files(save.directory(), save.ramPath(), save.statePath())
            .save(descriptors.get(0), descriptors.get(1), save.bytes(), progress);
        yield save.bytes();
      }
      case MemoryTask.Fill fill -> {
        ColdFiles.fill(
            descriptors.get(0),
            new VolumeFile(fill.directory(), fill.path()),
            fill.bytes(),
            fill.held() ? shelf.held() : null,
            progress);
        yield fill.bytes();
      }
      case MemoryTask.ReadState read -> {
        shelf.close(); // who reads anew, perhaps the same, does not stand in his own way
        shelf.put(StateHold.take(new VolumeFile(read.directory(), read.path()), read.shared()));
        yield copied(descriptors.get(0));
      }
      case MemoryTask.SetStep step -> {
        shelf.held().advance(step(step.step()), step.by());
        yield 0;
      }
      case MemoryTask.Release release -> {
        shelf.close();
        yield 0;
      }
      case MemoryTask.Discard discard -> {
        shelf.close(); // used up: nobody else has a use for it either
        files(discard.directory(), discard.ramPath(), discard.statePath()).discard(discard.vmUid());
        yield 0;
      }
      case MemoryTask.Cancel cancel -> throw new IOException("there is nothing to cancel");
      case MemoryTask.Unknown unknown ->
          throw new IOException(
              "this launcher does not know the task " + unknown.name() + ": its image is too old");
    };
  }

  private long copied(Fd target) throws IOException {
    try {
      return shelf.held().copyTo(target);
    } catch (IOException | RuntimeException e) {
      shelf.close(); // nobody resumes from it
      throw e;
    }
  }

  private static ColdFiles files(String directory, String ram, String state) {
    return new ColdFiles(new VolumeFile(directory, ram), new VolumeFile(directory, state));
  }

  private static Step step(int number) throws StateRefused {
    Step step = Step.of(number);
    if (step == null || step == Step.SAVED) {
      throw new StateRefused(MemoryReason.OTHER, "there is no step " + number);
    }
    return step;
  }
}
