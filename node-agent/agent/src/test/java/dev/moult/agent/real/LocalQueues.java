package dev.moult.agent.real;

import dev.moult.linux.LinuxException;
import dev.moult.linux.net.Tap;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The queues of a guest's tap, which the broker holds while a second QEMU starts. */
final class LocalQueues {
  private static final long EVERY_NANOS = 600_000;

  private final List<Tap> queues;
  private final boolean[] again;
  private boolean held;
  private @Nullable LinuxException failure;

  LocalQueues(List<Tap> queues) {
    this.queues = List.copyOf(queues);
    this.again = new boolean[queues.size()];
  }

  Tap queue(int index) {
    return queues.get(index);
  }

  /** Whether packets come to all. */
  boolean allAttached() throws LinuxException {
    return idle() == 0;
  }

  /** Attaches each that is detached, once; answers how many are now. */
  synchronized int hold() throws LinuxException {
    int idle = idle();
    held = idle == 0;
    Arrays.fill(again, false);
    Thread.ofPlatform().daemon().name("queues").start(this::watch);
    return idle;
  }

  private void watch() {
    while (look()) {
      LockSupport.parkNanos(EVERY_NANOS);
    }
  }

  private synchronized boolean look() {
    try {
      for (int i = 1; held && i < queues.size(); i++) {
        if (!again[i] && !queue(i).isQueueAttached()) {
          queue(i).setQueueAttached(true);
          again[i] = true;
        }
      }
    } catch (LinuxException e) {
      failure = e;
      return false;
    }
    return held;
  }

  synchronized void offer() throws LinuxException {
    held = false;
    for (Tap further : queues.subList(1, queues.size())) {
      if (further.isQueueAttached()) {
        further.setQueueAttached(false);
      }
    }
  }

  synchronized int letGo(boolean keep) throws LinuxException {
    held = false;
    if (failure != null) {
      throw failure;
    }
    for (Tap further : queues.subList(1, queues.size())) {
      if (!keep && !further.isQueueAttached()) {
        further.setQueueAttached(true);
      }
    }
    return 0;
  }

  private int idle() throws LinuxException {
    int idle = 0;
    for (Tap further : queues.subList(1, queues.size())) {
      idle += further.isQueueAttached() ? 0 : 1;
    }
    return idle;
  }
}
