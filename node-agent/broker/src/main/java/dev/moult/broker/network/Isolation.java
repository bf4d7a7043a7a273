package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.log.Log;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Clocks;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.PodContainer;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import java.io.File;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes the links of VMM pods down before their own container runs: what a user's image begins with
 * need not be the launcher, and need not dial. The sandbox's process is there first, with its
 * network, and belongs to the pod's cgroup.
 */
public final class Isolation implements AutoCloseable {
  /** A sandbox is there about 100 ms before the first container of its pod. */
  private static final long LOOK_MILLIS = 30;

  /** For pods whose sandbox does not come, such as those that wait for a volume. */
  private static final long LOOK_RARELY_MILLIS = 300;

  /** Of the start times in /proc: USER_HZ is 100 on all machines (asm-generic/param.h). */
  private static final long TICK_NANOS = 10_000_000;

  private static final long OFTEN_NANOS = 10_000_000_000L;

  private final Map<String, Wanted> wanted = new HashMap<>(); // guarded by itself
  private final Thread thread = Thread.ofPlatform().daemon().name("isolation").unstarted(this::run);

  private record Wanted(Expect expect, long since) {}

  /** Begins to look when the first pod is added. */
  public Isolation() {
    thread.start();
  }

  /** Looks for that pod's sandbox until its links are down. */
  public void add(Expect expect) {
    synchronized (wanted) {
      wanted.put(expect.podUid(), new Wanted(expect, System.nanoTime()));
      wanted.notifyAll();
    }
  }

  /** Looks no longer. */
  public void forget(String podUid) {
    synchronized (wanted) {
      wanted.remove(podUid);
    }
  }

  private void run() {
    Set<Integer> known = new HashSet<>(); // processes that are in no wanted pod, for good
    try {
      while (true) {
        Map<String, Wanted> now;
        synchronized (wanted) {
          while (wanted.isEmpty()) {
            known.clear();
            wanted.wait();
          }
          now = new HashMap<>(wanted);
          wanted.wait(pause(now));
          if (!now.keySet().containsAll(wanted.keySet())) {
            known.clear(); // somebody else is looked for
            now.putAll(wanted);
          }
        }
        look(now, known);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long pause(Map<String, Wanted> now) {
    long newest =
        now.values().stream().mapToLong(pod -> System.nanoTime() - pod.since).min().orElse(0);
    return newest < OFTEN_NANOS ? LOOK_MILLIS : LOOK_RARELY_MILLIS;
  }

  private void look(Map<String, Wanted> now, Set<Integer> known) {
    Set<Integer> living = processes();
    known.retainAll(living);
    for (int pid : living) {
      if (known.contains(pid)) {
        continue;
      }
      try (PidFd process = PidFd.open(pid);
          ProcDirectory proc = ProcDirectory.of(process)) {
        String podUid = proc.podContainer().map(PodContainer::podUid).orElse("");
        Wanted pod = now.get(podUid);
        if (pod == null) {
          if (isSettled(proc)) {
            known.add(pid);
          }
        } else {
          isolate(pod.expect, process);
        }
      } catch (LinuxException e) {
        // It has died meanwhile.
      } catch (RuntimeException e) {
        Log.warn("process not looked at", "pid", Integer.toString(pid), "error", e.toString());
      }
    }
  }

  /** A runtime moves a process into its pod's cgroup a moment after it has started it. */
  private static boolean isSettled(ProcDirectory proc) throws LinuxException {
    long age = Clocks.bootTimeNanos() - proc.startTime() * TICK_NANOS;
    return age > OFTEN_NANOS;
  }

  private void isolate(Expect expect, PidFd process) throws LinuxException {
    try (PodProcess sandbox =
        new PodProcess(expect, Stage.EXPECTED, PidFd.adopt(process.fd().dup()), List.of())) {
      List<String> down = Links.takeDown(sandbox);
      if (!down.isEmpty()) {
        forget(expect.podUid());
        Log.info("isolated", "pod", expect.podUid(), "links", String.join(",", down));
      }
    } catch (Refusal e) {
      // A runtime's helper that is on its way into the sandbox: the next look finds more.
    }
  }

  private static Set<Integer> processes() {
    Set<Integer> all = new HashSet<>();
    String[] names = new File("/proc").list();
    for (String name : names == null ? new String[0] : names) {
      if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
        all.add(Integer.parseInt(name));
      }
    }
    return all;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
