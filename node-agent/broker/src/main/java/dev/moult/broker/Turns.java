package dev.moult.broker;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Work for each VM in turn, of different VMs side by side: one slow peer holds up no other. */
final class Turns implements AutoCloseable {
  private static final int MOST_THREADS = 64;
  private static final long IDLE_SECONDS = 10;

  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          MOST_THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("worker-", 0).factory(),
          new ThreadPoolExecutor.CallerRunsPolicy());

  private final Map<String, Queue<Runnable>> waiting = new HashMap<>();

  /** Has work done after all that was given before for the same VM; at once where that is empty. */
  void add(String vm, Runnable work) {
    if (vm.isEmpty()) {
      threads.execute(work);
      return;
    }
    synchronized (waiting) {
      Queue<Runnable> queue = waiting.get(vm);
      if (queue != null) {
        queue.add(work);
        return;
      }
      waiting.put(vm, new ArrayDeque<>());
    }
    threads.execute(() -> drain(vm, work));
  }

  private void drain(String vm, Runnable first) {
    Runnable work = first;
    while (work != null) {
      work.run();
      synchronized (waiting) {
        Queue<Runnable> queue = waiting.get(vm);
        work = queue == null ? null : queue.poll();
        if (work == null) {
          waiting.remove(vm);
        }
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
