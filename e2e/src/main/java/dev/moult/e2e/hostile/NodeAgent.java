package dev.moult.e2e.hostile;

import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.NodeView;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** The node's agent and broker, watched from outside: they are to live through everything. */
final class NodeAgent implements AutoCloseable {
  private static final String NAMESPACE = "moult-system";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KubernetesClient client;
  private final Pod pod;
  private final Console broker;
  private final int linesBefore;
  private long connections;

  NodeAgent(KubernetesClient client) throws InterruptedException {
    this.client = client;
    this.pod =
        client
            .pods()
            .inNamespace(NAMESPACE)
            .withLabel("app.kubernetes.io/component", "node-agent")
            .list()
            .getItems()
            .getFirst();
    this.broker = Console.followPod(client, NAMESPACE, pod.getMetadata().getName(), "broker");
    var unused = broker.await(PATIENCE, line -> line.contains("agent connected"));
    this.linesBefore = broker.lines().size();
    this.connections = connectionsNow();
  }

  /** Waits for a line of the broker's log that was not there when the watch began. */
  String logged(Predicate<String> wanted) throws InterruptedException {
    return broker.awaitFrom(linesBefore, PATIENCE, wanted);
  }

  /** How many lines of the broker's log hold all these words. */
  long count(String... words) {
    return broker.lines().stream()
        .filter(line -> {
          for (String word : words) {
            if (!line.contains(word)) {
              return false;
            }
          }
          return true;
        })
        .count();
  }

  private long connectionsNow() {
    return count("agent connected");
  }

  /** Fails when a container was restarted, is not ready, or the two lost each other. */
  void requireUnharmed() {
    Pod seen = client.pods().inNamespace(NAMESPACE).withName(pod.getMetadata().getName()).get();
    if (seen == null) {
      throw new AssertionError("the node agent's pod is gone");
    }
    for (ContainerStatus status : seen.getStatus().getContainerStatuses()) {
      int before = restarts(status.getName());
      if (status.getRestartCount() != before || !Boolean.TRUE.equals(status.getReady())) {
        throw new AssertionError(
            status.getName()
                + (Boolean.TRUE.equals(status.getReady()) ? "" : " is not ready,")
                + " was restarted "
                + (status.getRestartCount() - before)
                + " times");
      }
    }
    long now = connectionsNow();
    if (now != connections) {
      connections = now; // each attack is asked about its own time alone
      throw new AssertionError("agent and broker lost each other");
    }
  }

  private int restarts(String container) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(container))
        .mapToInt(ContainerStatus::getRestartCount)
        .findFirst()
        .orElse(0);
  }

  /** Resident memory of broker and agent, bytes. */
  long residentBytes() throws IOException {
    return NodeView.residentBytes(pod.getMetadata().getUid());
  }

  /** Open descriptors of all its processes. */
  long descriptors() throws IOException {
    long sum = 0;
    for (long pid : NodeView.processes(pod.getMetadata().getUid())) {
      try (var open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
        sum += open.count();
      }
    }
    return sum;
  }

  @Override
  public void close() {
    broker.close();
  }
}
