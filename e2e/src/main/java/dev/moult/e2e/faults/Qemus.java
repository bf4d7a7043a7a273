package dev.moult.e2e.faults;

import dev.moult.linux.process.PodContainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** The QEMUs of the node and the pods they are in, looked for all the time, once for all lanes. */
final class Qemus implements AutoCloseable {
  private static final long LOOK_NANOS = 150_000_000;

  private final Thread thread;
  private volatile Map<Long, String> podOfPid = Map.of();
  private volatile boolean stopped;

  Qemus() {
    thread = Thread.ofPlatform().daemon().name("qemus").start(this::run);
  }

  /** Those that are in one of these pods. */
  Set<Long> in(Set<String> podUids) {
    return podOfPid.entrySet().stream()
        .filter(entry -> podUids.contains(entry.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  private void run() {
    while (!stopped) {
      try {
        podOfPid = look();
      } catch (IOException e) {
        // /proc is being listed while processes end: the next look tells.
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** All of them, now. */
  static Map<Long, String> look() throws IOException {
    var found = new HashMap<Long, String>();
    for (String name : Node.names(Path.of("/proc"))) {
      if (Character.isDigit(name.charAt(0)) && Node.isQemu(Long.parseLong(name))) {
        PodContainer.parse(Node.read(Path.of("/proc", name, "cgroup")))
            .ifPresent(container -> found.put(Long.parseLong(name), container.podUid()));
      }
    }
    return Map.copyOf(found);
  }

  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
  }
}
