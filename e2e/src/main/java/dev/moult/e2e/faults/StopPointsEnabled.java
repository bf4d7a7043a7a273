package dev.moult.e2e.faults;

import dev.moult.linux.stop.StopPoints;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The node agents of the development cluster, told to heed stop points; closing it undoes that. */
final class StopPointsEnabled implements AutoCloseable {
  private final Resource<DaemonSet> agents;

  private StopPointsEnabled(Resource<DaemonSet> agents) {
    this.agents = agents;
  }

  static StopPointsEnabled in(KubernetesClient client) {
    var enabled =
        new StopPointsEnabled(
            client.apps().daemonSets().inNamespace("moult-system").withName("moult-node-agent"));
    enabled.change(true);
    return enabled;
  }

  private void change(boolean on) {
    String variable =
        "{\"name\": \"%s\", %s}"
            .formatted(
                StopPoints.VARIABLE,
                on ? "\"value\": \"" + Hold.DIRECTORY + "\"" : "\"$patch\": \"delete\"");
    String containers =
        agents.require().getSpec().getTemplate().getSpec().getContainers().stream()
            .map(Container::getName)
            .map(name -> "{\"name\": \"" + name + "\", \"env\": [" + variable + "]}")
            .collect(Collectors.joining(", "));
    agents.patch(
        PatchContext.of(PatchType.STRATEGIC_MERGE),
        "{\"spec\": {\"template\": {\"spec\": {\"containers\": [" + containers + "]}}}}");
    agents.waitUntilCondition(StopPointsEnabled::rolledOut, 3, TimeUnit.MINUTES);
  }

  private static boolean rolledOut(DaemonSet set) {
    var status = set.getStatus();
    return status.getObservedGeneration() >= set.getMetadata().getGeneration()
        && status.getUpdatedNumberScheduled() != null
        && status.getUpdatedNumberScheduled().equals(status.getDesiredNumberScheduled())
        && status.getNumberAvailable() != null
        && status.getNumberAvailable().equals(status.getDesiredNumberScheduled());
  }

  @Override
  public void close() {
    change(false);
  }
}
