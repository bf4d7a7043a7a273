package dev.moult.bench.bare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * The CPU weight of a pod, for processes outside of it. Pods share what the kernel gives to all
 * pods together; a plain process would be preferred to them on a busy machine, and a comparison
 * would measure that.
 */
public final class CpuGroup {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private final Path pods;
  private final String file;
  private final String weight;

  private CpuGroup(Path pods, String file, String weight) {
    this.pods = pods;
    this.file = file;
    this.weight = weight;
  }

  /**
   * Like the pod of a process.
   *
   * @param pid a process in a container of the pod
   * @throws IOException if it is in none
   */
  public static CpuGroup likePodOf(long pid) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      var parts = line.split(":", 3);
      boolean unified = parts[0].equals("0");
      boolean cpu = Arrays.asList(parts[1].split(",", -1)).contains("cpu");
      var file = unified ? "cpu.weight" : "cpu.shares";
      var container =
          (unified ? MOUNT : MOUNT.resolve("cpu")).resolve(parts[2].replaceFirst("^/+", ""));
      var pod = container.getParent();
      if ((unified || cpu) && pod != null && Files.exists(pod.resolve(file))) {
        return new CpuGroup(
            Objects.requireNonNull(pod.getParent()), file, Files.readString(pod.resolve(file)));
      }
    }
    throw new IOException("process " + pid + " is in no pod's CPU group");
  }

  /**
   * Puts a process into a new group of that weight, beside the pods.
   *
   * @return the group, to be deleted when the process is gone
   */
  Path join(long pid) throws IOException {
    var group = Files.createDirectory(pods.resolve("moult-bench-" + pid));
    Files.writeString(group.resolve(file), weight);
    Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
    return group;
  }
}
