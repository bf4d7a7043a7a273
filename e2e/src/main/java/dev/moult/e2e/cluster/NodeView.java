package dev.moult.e2e.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the node itself says of pods' processes and memory. Needs root on the node, as on the
 * development cluster.
 */
public final class NodeView {
  private static final Path PROC = Path.of("/proc");

  /** The slot at which an anchor and each QEMU hold the guest's memory (docs/architecture.md). */
  private static final int RAM_SLOT = 10;

  private NodeView() {}

  /** The processes of a pod, found by the pod's uid in their cgroup paths. */
  public static List<Long> processes(String podUid) throws IOException {
    var underscored = podUid.replace('-', '_');
    try (Stream<Path> entries = Files.list(PROC)) {
      return entries
          .filter(entry -> entry.getFileName().toString().chars().allMatch(Character::isDigit))
          .filter(entry -> {
            var groups = readOrEmpty(entry.resolve("cgroup"));
            return groups.contains("pod" + podUid) || groups.contains("pod" + underscored);
          })
          .map(entry -> Long.parseLong(entry.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  /** What runs in a pod beside its sandbox: a QEMU, a launcher, an anchor's idle process. */
  public static Optional<Long> program(String podUid) throws IOException {
    return processes(podUid).stream()
        .filter(pid -> {
          var comm = readOrEmpty(PROC.resolve(pid + "/comm")).strip();
          return !comm.equals("pause") && !comm.equals("catatonit");
        })
        .findFirst();
  }

  /**
   * The inode of the guest's memory as a pod's process holds it.
   *
   * @throws IOException if no process of the pod holds one
   */
  public static long ramInode(String podUid) throws IOException {
    for (long pid : processes(podUid)) {
      var fd = PROC.resolve(pid + "/fd/" + RAM_SLOT);
      if (Files.exists(fd) && Files.readSymbolicLink(fd).toString().startsWith("/memfd:")) {
        return (long) Files.getAttribute(fd, "unix:ino");
      }
    }
    throw new IOException("no process of pod " + podUid + " holds a memfd at " + RAM_SLOT);
  }

  /** All shared memory of the node in bytes: a second copy of a guest's memory would show here. */
  public static long shmemBytes() throws IOException {
    return kilobytes(PROC.resolve("meminfo"), "Shmem:") * 1024;
  }

  /**
   * Resident memory of all processes of a pod, in bytes. Pages that they share count more than
   * once.
   */
  public static long residentBytes(String podUid) throws IOException {
    long sum = 0;
    for (long pid : processes(podUid)) {
      sum += kilobytes(PROC.resolve(pid + "/status"), "VmRSS:") * 1024;
    }
    return sum;
  }

  /**
   * A process's share of memory in bytes: a page that n processes have counts for the nth part.
   *
   * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html">smaps_rollup,
   *     Pss</a>
   */
  public static long proportionalBytes(long pid) throws IOException {
    return kilobytes(PROC.resolve(pid + "/smaps_rollup"), "Pss:") * 1024;
  }

  private static long kilobytes(Path file, String key) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).replace("kB", "").trim())
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  private static String readOrEmpty(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException ended) {
      return "";
    }
  }
}
