package dev.moult.linux.process;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /proc/<pid>} of one process, by descriptor: everything read through it is about that
 * process or fails with ESRCH, however often its pid is given away.
 */
public final class ProcDirectory implements AutoCloseable {
  private static final int FILE_LIMIT = 1 << 20;
  private static final int THREAD_LIMIT = 4096;

  /** USER_HZ is 100 on every architecture that Moult runs on (asm-generic/param.h). */
  private static final Duration TICK = Duration.ofMillis(10);

  private final Fd directory;

  private ProcDirectory(Fd directory) {
    this.directory = directory;
  }

  /**
   * Of a process that lives.
   *
   * @throws LinuxException ESRCH when it died meanwhile
   */
  public static ProcDirectory of(PidFd process) throws LinuxException {
    Fd directory = Open.path(Path.of("/proc/" + process.pid()), OpenFlag.PATH, OpenFlag.DIRECTORY);
    try {
      // Alive after the open: so the pid was still its own when the directory was opened.
      if (!process.isAlive()) {
        throw LinuxException.of("/proc", Errno.ESRCH, "the process has exited");
      }
      return new ProcDirectory(directory);
    } catch (LinuxException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** The text of a file in it. */
  public String read(String name) throws LinuxException {
    try (Fd file = Open.at(directory, name, Open.UNTRUSTED)) {
      return new String(FileIo.readAll(file, FILE_LIMIT), StandardCharsets.UTF_8);
    }
  }

  /** Its pod and container; empty when it is in none: see {@link PodContainer#parse}. */
  public Optional<PodContainer> podContainer() throws LinuxException {
    return PodContainer.parse(read("cgroup"));
  }

  /** Its pid in its own, innermost pid namespace: 1 for the first process of a container. */
  public int innermostPid() throws LinuxException {
    return ProcText.innermostPid(read("status"));
  }

  /** Clock ticks from boot to its start: with the pid, a name that is never given twice. */
  public long startTime() throws LinuxException {
    return ProcText.startTime(read("stat"));
  }

  /**
   * Time that some of its threads spent on processors, together.
   *
   * @param innermost the threads, by their ids in the innermost pid namespace
   * @throws LinuxException ESRCH when one of them is not there, EMFILE when there are too many
   *     threads to look among
   */
  public Duration processorTime(Set<Integer> innermost) throws LinuxException {
    Set<Integer> left = new HashSet<>(innermost);
    long ticks = 0;
    int looked = 0;
    try (var tasks = Files.newDirectoryStream(Path.of(directory.procPath(), "task"))) {
      for (Path task : tasks) {
        if (left.isEmpty()) {
          break;
        }
        if (++looked > THREAD_LIMIT) {
          throw LinuxException.of("/proc/task", Errno.EMFILE, "too many threads");
        }
        String name = "task/" + task.getFileName();
        if (left.remove(ProcText.innermostPid(read(name + "/status")))) {
          ticks += ProcText.processorTime(read(name + "/stat"));
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (IOException | DirectoryIteratorException e) {
      throw LinuxException.of("/proc/task", Errno.ESRCH, String.valueOf(e.getMessage()));
    }
    if (!left.isEmpty()) {
      throw LinuxException.of("/proc/task", Errno.ESRCH, "no thread " + left);
    }
    return TICK.multipliedBy(ticks);
  }

  /** Its threads, by their ids in our pid namespace, as they are at this moment. */
  Set<String> threads() throws LinuxException {
    Set<String> names = new HashSet<>();
    try (var tasks = Files.newDirectoryStream(Path.of(directory.procPath(), "task"))) {
      for (Path task : tasks) {
        if (names.size() == THREAD_LIMIT) {
          throw LinuxException.of("/proc/task", Errno.EMFILE, "too many threads");
        }
        names.add(String.valueOf(task.getFileName()));
      }
    } catch (LinuxException e) {
      throw e;
    } catch (IOException | DirectoryIteratorException e) {
      throw LinuxException.of("/proc/task", Errno.ESRCH, String.valueOf(e.getMessage()));
    }
    return names;
  }

  /** Whether a thread does nothing more by itself: it is stopped by a signal, or has ended. */
  boolean isStopped(String thread) throws LinuxException {
    try {
      return ProcText.isStopped(read("task/" + thread + "/stat"));
    } catch (LinuxException e) {
      if (e.isNoEntry() || e.isNoProcess()) {
        return true;
      }
      throw e;
    }
  }

  /** The processes that a thread has made; none where the kernel does not list them. */
  Set<Integer> children(String thread) throws LinuxException {
    Set<Integer> children = new HashSet<>();
    try {
      for (String pid : read("task/" + thread + "/children").split(" ", -1)) {
        if (!pid.isBlank()) {
          children.add(Integer.parseInt(pid.strip()));
        }
      }
    } catch (LinuxException e) {
      if (!e.isNoEntry() && !e.isNoProcess()) {
        throw e;
      }
    }
    return children;
  }

  /** The pid of its parent in our pid namespace; 0 when that is none of it. */
  int parent() throws LinuxException {
    return ProcText.parent(read("stat"));
  }

  /** The name of its program, at most 15 bytes, which it may choose itself. */
  public String command() throws LinuxException {
    return read("comm").stripTrailing();
  }

  /**
   * Sets how soon it is killed when memory runs out, -1000 (never) to 1000; below what it has now
   * needs CAP_SYS_RESOURCE.
   */
  public void setOomScoreAdjustment(int adjustment) throws LinuxException {
    try (Fd file = Open.at(directory, "oom_score_adj", Open.UNTRUSTED, OpenFlag.WRITE_ONLY)) {
      FileIo.write(file, Integer.toString(adjustment).getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Its network namespace, for {@code NetworkNamespace}; owned by the caller. */
  public Fd networkNamespace() throws LinuxException {
    return Open.at(directory, "ns/net", Set.of());
  }

  /** The kernel's name of a descriptor it has, for records; ENOENT when it has none there. */
  public String descriptorName(int number) throws LinuxException {
    return FileControl.readLink(directory, "fd/" + number);
  }

  /** The directory itself, borrowed. */
  public Fd fd() {
    return directory;
  }

  @Override
  public void close() {
    directory.close();
  }
}
