package dev.moult.e2e.faults;

import dev.moult.linux.stop.StopPoints;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;

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
    agents.edit(set -> {
      for (Container container : set.getSpec().getTemplate().getSpec().getContainers()) {
        var env = new ArrayList<>(container.getEnv());
        env.removeIf(variable -> variable.getName().equals(StopPoints.VARIABLE));
        if (on) {
          env.add(new EnvVar(StopPoints.VARIABLE, Hold.DIRECTORY.toString(), null));
        }
        container.setEnv(env);
      }
      return set;
    });
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
