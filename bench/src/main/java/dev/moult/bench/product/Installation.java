package dev.moult.bench.product;

import dev.moult.e2e.cluster.NodeView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Moult's own pods: what they weigh, and a fresh agent when one is wanted. */
public final class Installation {
  private static final String NAMESPACE = "moult-system";
  private static final String COMPONENT = "app.kubernetes.io/component";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final KubernetesClient client;

  public Installation(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Resident memory in bytes.
   *
   * @param agent of agent and broker together
   * @param operator of the operator
   */
  public record Resident(long agent, long operator) {}

  /**
   * What they hold now.
   *
   * @throws IOException if one of them has no process on this node
   */
  public Resident resident() throws IOException {
    return new Resident(resident("node-agent"), resident("operator"));
  }

  /** Deletes the agent's pod and waits until the next one is ready. */
  public void restartAgent() throws IOException, InterruptedException {
    Set<String> old = new HashSet<>();
    pods("node-agent").forEach(pod -> old.add(pod.getMetadata().getUid()));
    if (old.isEmpty()) {
      throw new IOException("Moult is not installed: no node-agent pod in " + NAMESPACE);
    }
    var agents = client.pods().inNamespace(NAMESPACE).withLabel(COMPONENT, "node-agent");
    agents.delete();
    var fresh =
        agents.informOnCondition(seen ->
            seen.stream().noneMatch(pod -> old.contains(pod.getMetadata().getUid()))
                && seen.stream().anyMatch(Readiness::isPodReady));
    try {
      var unused = fresh.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("no fresh agent became ready", e);
    } finally {
      fresh.cancel(true);
    }
  }

  private long resident(String component) throws IOException {
    long sum = 0;
    for (var pod : pods(component)) {
      sum += NodeView.residentBytes(pod.getMetadata().getUid());
    }
    if (sum == 0) {
      throw new IOException("no process of " + component + " runs on this node");
    }
    return sum;
  }

  private List<Pod> pods(String component) {
    return client.pods().inNamespace(NAMESPACE).withLabel(COMPONENT, component).list().getItems();
  }
}
