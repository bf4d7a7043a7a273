package dev.moult.api.admission;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** In whose name a node agent may make events. */
class NodeAgentEventsIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String EVENTS = "moult-node-agent-events";

  private static KubernetesClient agent;
  private static KubernetesClient foreign;
  private static KubernetesClient unbound;

  @BeforeAll
  static void install() {
    api.server().installChart();
    agent = api.identities().onNode(Chart.NAMESPACE, Chart.AGENT, "node-a");
    foreign = api.identities().onNode(Chart.NAMESPACE, Chart.AGENT, "node-b");
    unbound = api.identities().serviceAccount(Chart.NAMESPACE, Chart.AGENT);
  }

  @AfterAll
  static void close() {
    agent.close();
    foreign.close();
    unbound.close();
  }

  @Test
  void eventsNameTheirTrueSource() {
    Event event = event("VirtualMachine", "moult.dev/v1alpha1", "web", "node-a", "moult-agent");
    Event inventory = event("Node", "v1", "node-a", "node-a", "moult-agent");
    assertThatCode(() -> agent.resource(event).create()).doesNotThrowAnyException();
    assertThatCode(() -> agent.resource(inventory).create()).doesNotThrowAnyException();

    assertRefused(EVENTS, "as its source", () -> foreign.resource(event).create());
    assertRefused(EVENTS, "as its source", () -> unbound.resource(event).create());
    assertRefused(
        EVENTS,
        "as its source",
        () ->
            agent
                .resource(event("VirtualMachine", "moult.dev/v1alpha1", "web", "node-a", "kubelet"))
                .create());
    assertRefused(
        EVENTS,
        "is about",
        () -> agent.resource(event("Node", "v1", "node-b", "node-a", "moult-agent")).create());
    assertRefused(
        EVENTS,
        "is about",
        () -> agent.resource(event("Pod", "v1", "web", "node-a", "moult-agent")).create());
  }

  private static Event event(
      String kind, String apiVersion, String about, String node, String component) {
    return new EventBuilder()
        .withNewMetadata()
        .withGenerateName("event-")
        .withNamespace(kind.equals("Node") ? "default" : api.namespace())
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(apiVersion)
        .withKind(kind)
        .withName(about)
        .withNamespace(kind.equals("Node") ? null : api.namespace())
        .endInvolvedObject()
        .withReason("Test")
        .withMessage("said by the test")
        .withType("Normal")
        .withReportingComponent(component)
        .withReportingInstance(node)
        .build();
  }
}
