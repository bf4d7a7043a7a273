package dev.moult.e2e.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Watches from outside how many QEMUs run one guest at a time: by the CPU time of their processor
 * threads, while a connection keeps the guest busy; and what the journal says meanwhile.
 */
final class Sampler implements AutoCloseable {
  private static final long WINDOW_NANOS = 30_000_000;

  /** More than a paused QEMU's threads use in one window, less than a guest that echoes. */
  private static final long RUNS_NANOS = 250_000;

  /** A start, a loading of state and an end are bursts; a guest runs in window after window. */
  private static final int WINDOWS = 3;

  private final Path journal;
  private final Supplier<Set<Long>> qemus;
  private final Map<Long, Long> used = new HashMap<>();
  private final Map<Long, Deque<Boolean>> history = new HashMap<>();
  private final Set<String> verdicts = new LinkedHashSet<>();
  private final Thread thread;
  private volatile boolean stopped;
  private int most;
  private String update = "";

  /**
   * Begins.
   *
   * @param vmUid whose journal is read
   * @param qemus the pids of the QEMUs that may have this guest's memory, asked again each time
   */
  Sampler(String vmUid, Supplier<Set<Long>> qemus) {
    this.journal = Node.journal(vmUid);
    this.qemus = qemus;
    this.thread = Thread.ofPlatform().daemon().name("sampler").start(this::run);
  }

  /**
   * What was seen.
   *
   * @param most QEMUs that ran the guest at one time
   * @param verdicts what the verdict file said, in order
   * @param update the last text of the journal's record of the handoff
   */
  record Seen(int most, List<String> verdicts, String update) {
    Seen {
      verdicts = List.copyOf(verdicts);
    }

    /** Whether the journal's word never changed. */
    boolean oneWord() {
      return verdicts.size() <= 1;
    }
  }

  synchronized Seen seen() {
    return new Seen(most, new ArrayList<>(verdicts), update);
  }

  private void run() {
    long next = System.nanoTime();
    while (!stopped) {
      try {
        sample();
      } catch (IOException | RuntimeException gone) {
        // A process or a file that ended while it was being looked at: the next look tells.
      }
      next += WINDOW_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private synchronized void sample() throws IOException {
    int running = 0;
    for (long pid : qemus.get()) {
      long now = Node.processorNanos(pid).stream().mapToLong(Long::longValue).sum();
      Long before = used.put(pid, now);
      var windows = history.computeIfAbsent(pid, unused -> new ArrayDeque<>());
      windows.addLast(before != null && now - before > RUNS_NANOS);
      if (windows.size() > WINDOWS) {
        windows.removeFirst();
      }
      if (windows.size() == WINDOWS && windows.stream().allMatch(ran -> ran)) {
        running++;
      }
    }
    most = Math.max(most, running);
    var verdict = Node.read(journal.resolve("verdict")).strip();
    if (!verdict.isEmpty()) {
      verdicts.add(verdict);
    }
    var text = Node.read(journal.resolve("update.json"));
    if (!text.isEmpty()) {
      update = text;
    }
  }

  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
  }
}
