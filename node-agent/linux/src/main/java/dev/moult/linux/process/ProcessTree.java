package dev.moult.linux.process;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A process with all that descend from it, to be stopped and let go together. When its root is the
 * first process of a pid namespace, that is all of the namespace but what was put into it from
 * outside: what loses its parent there becomes the root's own child.
 */
public final class ProcessTree implements AutoCloseable {
  private static final int MOST_PROCESSES = 256;
  private static final long BREATH_NANOS = 50_000;

  private final List<Member> members = new ArrayList<>();

  private ProcessTree(Member root) {
    members.add(root);
  }

  /**
   * Of a process that lives.
   *
   * @param root borrowed until this is closed
   * @throws LinuxException ESRCH when it is dead
   */
  public static ProcessTree of(PidFd root) throws LinuxException {
    return new ProcessTree(new Member(root.pid(), root, ProcDirectory.of(root), true));
  }

  /**
   * SIGSTOP to all, until every thread of every process was seen stopped and none was new.
   *
   * @return false when that was not so before the deadline; some may be stopped then
   * @throws LinuxException ESRCH when the root has died
   */
  public boolean stop(Deadline deadline) throws LinuxException {
    members.getFirst().signal(Signal.STOP);
    while (!isStopped()) {
      if (deadline.isPassed()) {
        return false;
      }
      LockSupport.parkNanos(BREATH_NANOS);
    }
    return true;
  }

  /** SIGCONT to all; what is not stopped does not notice. */
  public void resume() throws LinuxException {
    boolean more = true;
    while (more) {
      more = adoptAll();
    }
    for (Member member : members) {
      member.signal(Signal.CONT);
    }
  }

  /**
   * Does to this very process all that {@link #stop} does but for the signal, so that a guest that
   * stands still does not wait for what is slow the first times.
   */
  public static void rehearse(int rounds) throws LinuxException {
    try (PidFd self = PidFd.self()) {
      for (int i = 0; i < rounds; i++) {
        try (ProcessTree tree = of(self)) {
          ProcDirectory proc = tree.members.getFirst().proc;
          for (String thread : proc.threads()) {
            var unused = proc.isStopped(thread);
          }
          var unusedToo = tree.adoptAll();
        }
      }
    }
  }

  /** How many processes were found. */
  public int size() {
    return members.size();
  }

  /** One look at all. A process of which every thread is stopped makes no other any more. */
  private boolean isStopped() throws LinuxException {
    for (Member member : members) {
      if (!member.isStopped()) {
        return false;
      }
    }
    int known = members.size();
    boolean more = adoptAll();
    for (Member child : members.subList(known, members.size())) {
      child.signal(Signal.STOP);
    }
    return !more;
  }

  /** Takes the children of all in; whether there may be more. */
  private boolean adoptAll() throws LinuxException {
    boolean more = false;
    for (int i = 0; i < members.size(); i++) {
      Member parent = members.get(i);
      for (int pid : parent.children()) {
        if (members.stream().noneMatch(member -> member.pid == pid)) {
          more |= adopt(pid, parent);
        }
      }
    }
    return more;
  }

  private boolean adopt(int pid, Member parent) throws LinuxException {
    if (members.size() == MOST_PROCESSES) {
      throw LinuxException.of("/proc/children", Errno.EMFILE, "too many processes");
    }
    PidFd process;
    try {
      process = PidFd.open(pid);
    } catch (LinuxException e) {
      return notThere(e);
    }
    try {
      ProcDirectory proc = ProcDirectory.of(process);
      Member child = new Member(pid, process, proc, false);
      if (proc.parent() == parent.pid) {
        members.add(child);
      } else {
        child.close(); // another's by now: found there, or not ours at all
      }
      return true;
    } catch (LinuxException e) {
      process.close();
      return notThere(e);
    }
  }

  /** It has ended; its children, if any, are another's now. */
  private static boolean notThere(LinuxException e) throws LinuxException {
    if (e.isNoProcess() || e.isNoEntry()) {
      return false;
    }
    throw e;
  }

  @Override
  public void close() {
    members.forEach(Member::close);
    members.clear();
  }

  /** One process; the root's pidfd is the caller's, the others' are ours. */
  private record Member(int pid, PidFd process, ProcDirectory proc, boolean root) {

    void signal(Signal signal) throws LinuxException {
      try {
        process.signal(signal);
      } catch (LinuxException e) {
        unlessEnded(e);
      }
    }

    boolean isStopped() throws LinuxException {
      try {
        Set<String> threads = proc.threads();
        for (String thread : threads) {
          if (!proc.isStopped(thread)) {
            return false;
          }
        }
        return proc.threads().equals(threads); // else one was made while we looked at the others
      } catch (LinuxException e) {
        unlessEnded(e);
        return true;
      }
    }

    Set<Integer> children() throws LinuxException {
      Set<Integer> children = new HashSet<>();
      try {
        for (String thread : proc.threads()) {
          children.addAll(proc.children(thread));
        }
      } catch (LinuxException e) {
        unlessEnded(e);
      }
      return children;
    }

    /** A child may end at any time; with the root all do. */
    private void unlessEnded(LinuxException e) throws LinuxException {
      if (root || !e.isNoProcess()) {
        throw e;
      }
    }

    void close() {
      proc.close();
      if (!root) {
        process.close();
      }
    }
  }
}
