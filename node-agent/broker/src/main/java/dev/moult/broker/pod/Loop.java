package dev.moult.broker.pod;

import dev.moult.broker.log.Log;
import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One thread that waits for all descriptors and deadlines and does what others ask, in turn. */
final class Loop implements AutoCloseable {
  private final EventFd wake = EventFd.create();
  private final Queue<FutureTask<?>> asked = new ConcurrentLinkedQueue<>();
  private final Consumer<Turn> watches;
  private final Thread thread;
  private volatile boolean ended;

  /**
   * A loop that is not started yet.
   *
   * @param watches says before each wait what to wait for
   */
  Loop(Consumer<Turn> watches) throws LinuxException {
    this.watches = watches;
    this.thread = Thread.ofPlatform().daemon().name("pods").unstarted(this::run);
  }

  /** What to do about something that happened. */
  interface Step {
    void run() throws IOException;
  }

  /** What one wait is for. */
  static final class Turn {
    private final List<Poll.Watch> waits = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Deadline> deadlines = new ArrayList<>();
    private final List<Step> overdue = new ArrayList<>();

    void readable(Fd fd, Step step) {
      waits.add(Poll.Watch.readable(fd));
      steps.add(step);
    }

    void changed(Fd fd, Step step) {
      waits.add(new Poll.Watch(fd, Poll.PRIORITY));
      steps.add(step);
    }

    void until(Deadline deadline, Step step) {
      if (deadline.remainingNanos() != Long.MAX_VALUE) {
        deadlines.add(deadline);
        overdue.add(step);
      }
    }

    private Deadline nearest() {
      long least = Long.MAX_VALUE;
      for (Deadline deadline : deadlines) {
        least = Math.min(least, deadline.remainingNanos());
      }
      return least == Long.MAX_VALUE ? Deadline.never() : Deadline.in(Duration.ofNanos(least));
    }

    private void happen(int[] ready) {
      for (int i = 0; i < ready.length; i++) {
        if (ready[i] != 0) {
          attempt(steps.get(i));
        }
      }
      for (int i = 0; i < deadlines.size(); i++) {
        if (deadlines.get(i).isPassed()) {
          attempt(overdue.get(i));
        }
      }
    }

    private static void attempt(Step step) {
      try {
        step.run();
      } catch (IOException | RuntimeException e) {
        // One pod's trouble must not end the watch over all others.
        Log.warn("step failed", "error", e.toString());
      }
    }
  }

  void start() {
    thread.start();
  }

  /** Has work done on the loop's thread and waits for it. The work must not wait itself. */
  <T> T call(Callable<T> work) {
    T result = callNullable(work);
    if (result == null) {
      throw new IllegalStateException("work without a result");
    }
    return result;
  }

  /** As {@link #call}, for work whose result may be null. */
  <T> @Nullable T callNullable(Callable<? extends @Nullable T> work) {
    var task = new FutureTask<@Nullable T>(work::call);
    if (Thread.currentThread() == thread || !thread.isAlive()) {
      task.run();
    } else {
      asked.add(task);
      signal();
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void signal() {
    try {
      wake.signal();
    } catch (LinuxException e) {
      throw new IllegalStateException(e);
    }
  }

  private void run() {
    while (!ended) {
      try {
        turn();
      } catch (LinuxException | RuntimeException e) {
        Log.warn("loop failed", "error", e.toString());
      }
    }
  }

  private void turn() throws LinuxException {
    var turn = new Turn();
    turn.readable(wake.fd(), wake::drain);
    watches.accept(turn);
    int[] ready = Poll.await(turn.waits, turn.nearest());
    turn.happen(ready);
    for (FutureTask<?> task = asked.poll(); task != null; task = asked.poll()) {
      task.run();
    }
  }

  @Override
  public void close() {
    ended = true;
    signal();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    wake.close();
  }
}
