package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The same by kustomize: the chart is uninstalled, deploy/ applied, and an update still works. Runs
 * last.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ZKustomizeE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "web";

  private final KubernetesClient client;
  private final TestNamespace namespace;

  ZKustomizeE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-kustomize");
  }

  @BeforeAll
  void replaceHelmByKustomize() {
    // Moult is not uninstalled under a guest; a demo may have left one.
    for (var vm : client.resources(VirtualMachine.class).inAnyNamespace().list().getItems()) {
      client.resource(vm).delete();
      client.resource(vm).waitUntilCondition(Objects::isNull, 3, TimeUnit.MINUTES);
    }
    Installed.run("dev/uninstall", "helm");
    Installed.run("dev/install", "kustomize");
  }

  @AfterAll
  void backToHelm() {
    namespace.delete();
    Installed.run("dev/uninstall", "kustomize");
    Installed.run("dev/install");
  }

  @Test
  void anUpdateWorks() throws Exception {
    namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);
    try (var watched = new WatchedUpdate(namespace, VM)) {
      var seen = watched.run(() -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

      assertThat(seen.update().getStatus().phase()).isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(seen.sameGuest()).isTrue();
    }
  }
}
