package dev.moult.linux.process;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pod and container that a process belongs to, as its cgroup path says. Only the kubelet and
 * the runtime write there, so this is proof, once the process is known by a pidfd.
 *
 * @param podUid the pod's uid as in {@code metadata.uid} (of a static pod: its hash)
 * @param containerId the runtime's id, without {@code containerd://}
 */
public record PodContainer(String podUid, String containerId) {
  private static final String UID =
      "([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})";
  private static final String ID = "([0-9a-f]{64})";

  /** Driver cgroupfs: …/kubepods/burstable/pod12ab-…/0123…; CRI-O prefixes the id. */
  private static final Pattern CGROUPFS_POD = Pattern.compile("pod" + UID);

  private static final Pattern CGROUPFS_CONTAINER = Pattern.compile("(?:crio-)?" + ID);

  /** Driver systemd: …/kubepods-burstable-pod12ab_….slice/cri-containerd-0123….scope. */
  private static final Pattern SYSTEMD_POD =
      Pattern.compile("(?:[a-z0-9]+-)*kubepods(?:-burstable|-besteffort)?-pod" + UID + "\\.slice");

  private static final Pattern SYSTEMD_CONTAINER =
      Pattern.compile("(?:cri-containerd|crio|docker)-" + ID + "\\.scope");

  /**
   * Reads the text of {@code /proc/<pid>/cgroup}, of cgroup v1, v2 or both. Empty when the process
   * is not in a pod's container, when it moved into a cgroup below its container's, or when two
   * hierarchies disagree: then nothing is proved.
   */
  public static Optional<PodContainer> parse(String procCgroup) {
    Set<PodContainer> found = new HashSet<>();
    for (String line : procCgroup.split("\n", -1)) {
      // hierarchy-ID:controllers:path; the path may hold colons itself.
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && hasPod(fields[2])) {
        Optional<PodContainer> one = ofPath(fields[2]);
        if (one.isEmpty()) {
          return Optional.empty();
        }
        found.add(one.get());
      }
    }
    return found.size() == 1 ? Optional.of(found.iterator().next()) : Optional.empty();
  }

  private static boolean hasPod(String path) {
    for (String part : path.split("/", -1)) {
      if (isPod(part)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPod(String part) {
    return CGROUPFS_POD.matcher(part).matches() || SYSTEMD_POD.matcher(part).matches();
  }

  /** The component nearest to the root counts; exactly one, the container's, may follow it. */
  private static Optional<PodContainer> ofPath(String path) {
    String[] parts = path.split("/", -1);
    int pod = 0;
    while (!isPod(parts[pod])) {
      pod++;
    }
    if (pod != parts.length - 2) {
      return Optional.empty();
    }
    Optional<PodContainer> cgroupfs =
        match(CGROUPFS_POD, parts[pod], CGROUPFS_CONTAINER, parts[pod + 1]);
    return cgroupfs.isPresent()
        ? cgroupfs
        : match(SYSTEMD_POD, parts[pod], SYSTEMD_CONTAINER, parts[pod + 1]);
  }

  private static Optional<PodContainer> match(
      Pattern podPattern, String podPart, Pattern containerPattern, String containerPart) {
    Matcher pod = podPattern.matcher(podPart);
    Matcher container = containerPattern.matcher(containerPart);
    return pod.matches() && container.matches()
        ? Optional.of(new PodContainer(pod.group(1).replace('_', '-'), container.group(1)))
        : Optional.empty();
  }
}
