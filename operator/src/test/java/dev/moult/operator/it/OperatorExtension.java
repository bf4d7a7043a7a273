package dev.moult.operator.it;

import dev.moult.api.testing.ApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** One API server and one operator for the whole run; a namespace and a node for each test. */
final class OperatorExtension implements BeforeAllCallback, BeforeEachCallback {
  private static final Namespace STORE = Namespace.create(OperatorExtension.class);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private @Nullable Installation installation;
  private @Nullable World world;

  /** Both, ended in this order. */
  private static final class Installation implements AutoCloseable {
    private final ApiServer api = ApiServer.start();
    private OperatorProcess operator;

    Installation() {
      // Under the chart's own policies: what they forbid, the operator must not need.
      api.installChart("images.launcher=" + OperatorProcess.LAUNCHER);
      operator = OperatorProcess.start(api, Map.of());
    }

    void whileKilled(Runnable meanwhile) {
      operator.kill();
      meanwhile.run();
      operator = OperatorProcess.start(api, Map.of());
    }

    @Override
    public void close() {
      operator.close();
      api.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    installation =
        context
            .getRoot()
            .getStore(STORE)
            .computeIfAbsent("installation", key -> new Installation(), Installation.class);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    world = World.create(client(), "it-" + COUNT.incrementAndGet());
  }

  /** Cluster-admin. */
  KubernetesClient client() {
    return Objects.requireNonNull(installation).api.client();
  }

  /** The API server. */
  ApiServer api() {
    return Objects.requireNonNull(installation).api;
  }

  /** The operator's process. */
  OperatorProcess operator() {
    return Objects.requireNonNull(installation).operator;
  }

  /** Kills the operator without a warning, lets things happen, and starts it again. */
  void whileKilled(Runnable meanwhile) {
    Objects.requireNonNull(installation).whileKilled(meanwhile);
  }

  /** Stops the operator's process, lets things happen, and lets it go on: its caches lag. */
  void whileStopped(Runnable meanwhile) {
    operator().signal("STOP");
    try {
      meanwhile.run();
    } finally {
      operator().signal("CONT");
    }
  }

  /** The namespace and node of the test that runs. */
  World world() {
    return Objects.requireNonNull(world);
  }
}
