package dev.moult.operator.it;

import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodImages;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The chart's policies in force, a virtual machine, and the operator's token without its process.
 */
abstract class OperatorsRights {
  @RegisterExtension static final ApiServerExtension API = new ApiServerExtension();

  static final PodImages IMAGES =
      new PodImages("moult.local/launcher:dev", "moult.local/qemu:11.1.3", "IfNotPresent");

  static KubernetesClient operator;
  VirtualMachine vm;

  @BeforeAll
  static void install() {
    API.server().installChart();
    operator = API.identities().serviceAccount(Chart.NAMESPACE, Chart.OPERATOR);
  }

  @AfterAll
  static void close() {
    operator.close();
  }

  @BeforeEach
  void createVirtualMachine() {
    vm =
        API.client()
            .resource(
                Serialization.unmarshal(
                    """
                    apiVersion: moult.dev/v1alpha1
                    kind: VirtualMachine
                    metadata: {name: web, namespace: %s}
                    spec: {cpu: {cores: 1}, memory: {size: 512Mi}, boot: {kernel: {image: guest}}}
                    """
                        .formatted(API.namespace()),
                    VirtualMachine.class))
            .create();
  }
}
