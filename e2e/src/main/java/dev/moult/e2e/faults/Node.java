package dev.moult.e2e.faults;

import dev.moult.e2e.cluster.NodeView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The node's processes by what they are to Moult, and its journal. */
final class Node {
  static final Path RUN = Path.of("/run/moult");
  private static final Path PROC = Path.of("/proc");
  private static final Duration HEALTH = Duration.ofMinutes(2);
  private static final String SYSTEM = "moult-system";

  private final KubernetesClient client;

  Node(KubernetesClient client) {
    this.client = client;
  }

  /** The agent's process; waits for none. */
  Victim agent() throws IOException {
    return ofComponent("node-agent", "/opt/moult/agent/");
  }

  /** The broker's process. */
  Victim broker() throws IOException {
    return ofComponent("node-agent", "/opt/moult/broker/");
  }

  /** The operator's process. */
  Victim operator() throws IOException {
    return ofComponent("operator", "/opt/moult/operator/");
  }

  private Victim ofComponent(String component, String inCommand) throws IOException {
    for (Pod pod : pods(component)) {
      for (long pid : NodeView.processes(pod.getMetadata().getUid())) {
        if (read(PROC.resolve(pid + "/cmdline")).contains(inCommand)) {
          return Victim.of(pid);
        }
      }
    }
    throw new IOException("no process of " + component + " runs " + inCommand);
  }

  /** So many operators, all of them ready. */
  void scaleOperator(int replicas) throws IOException {
    var unused =
        client.apps().deployments().inNamespace(SYSTEM).withName("moult-operator").scale(replicas);
    long end = System.nanoTime() + HEALTH.toNanos();
    while (pods("operator").stream().filter(Readiness::isPodReady).count() != replicas) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("there are not " + replicas + " operators");
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  /** Waits until agent, broker and operator can work again after what was done to them. */
  void awaitHealth() throws IOException {
    long end = System.nanoTime() + HEALTH.toNanos();
    while (!isHealthy()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("Moult's own pods are not ready again");
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  private boolean isHealthy() {
    try (var agent = agent();
        var broker = broker();
        var operator = operator()) {
      return Stream.of("node-agent", "operator")
          .map(this::pods)
          .allMatch(pods -> !pods.isEmpty() && pods.stream().allMatch(Readiness::isPodReady));
    } catch (IOException | KubernetesClientException notThereYet) {
      return false;
    }
  }

  /** The pods of a component that are not being deleted. */
  List<Pod> pods(String component) {
    return client
        .pods()
        .inNamespace(SYSTEM)
        .withLabel("app.kubernetes.io/component", component)
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .toList();
  }

  /** Asks for a pod's deletion, with its own grace period. */
  void delete(Pod pod) {
    var ignored = client.resource(pod).delete();
  }

  /** The QEMU of a VMM pod; empty when there is none (yet, or any more). */
  static Optional<Long> qemu(String podUid) throws IOException {
    return NodeView.processes(podUid).stream().filter(Node::isQemu).findFirst();
  }

  static boolean isQemu(long pid) {
    return read(PROC.resolve(pid + "/comm")).startsWith("qemu-system");
  }

  /** The names in the meeting place, as a process holds it at its slot. */
  static List<String> meetingPlace(long pid) throws IOException {
    return names(PROC.resolve(pid + "/fd/11"));
  }

  /** The names in a directory; empty when it is not there. */
  static List<String> names(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  /** The journal of a VM. */
  static Path journal(String vmUid) {
    return RUN.resolve("vms").resolve(vmUid);
  }

  /** A file's text; empty when it is gone. */
  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }

  /**
   * Nanoseconds of CPU that each of a QEMU's threads for the guest's processors has used; dying
   * ones not. Its other threads are busy while it is asked things.
   */
  static List<Long> processorNanos(long pid) throws IOException {
    var used = new ArrayList<Long>();
    for (String tid : names(PROC.resolve(pid + "/task"))) {
      var task = PROC.resolve(pid + "/task/" + tid);
      boolean processor = read(task.resolve("comm")).startsWith("CPU ");
      if (processor && !isExiting(read(task.resolve("stat")))) {
        var text = read(task.resolve("schedstat"));
        if (!text.isEmpty()) {
          used.add(Long.parseLong(text.substring(0, text.indexOf(' '))));
        }
      }
    }
    return used;
  }

  /** PF_EXITING of include/linux/sched.h in the flags of a thread's stat, its ninth field. */
  private static boolean isExiting(String stat) {
    var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    return fields.length < 7 || (Long.parseLong(fields[6]) & 0x4) != 0;
  }
}
