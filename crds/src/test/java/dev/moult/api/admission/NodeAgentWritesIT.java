package dev.moult.api.admission;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FieldOwner;
import dev.moult.api.v1alpha1.StepName;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a node agent may write: of its own node's objects its own fields. The tokens are real ones,
 * bound to pods on two nodes.
 */
class NodeAgentWritesIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String POLICY = "moult-node-agent-writes";
  private static final String EVENTS = "moult-node-agent-events";

  /** Of a token without rights to it, until the API server has forgotten that it was good. */
  private static final Duration TOKEN_CACHE = Duration.ofSeconds(40);

  private static KubernetesClient agent;
  private static KubernetesClient foreign;
  private static KubernetesClient unbound;

  @BeforeAll
  static void install() {
    api.server().installChart();
    for (String node : List.of("node-a", "node-b")) {
      var unused =
          api.client()
              .resource(new NodeBuilder().withNewMetadata().withName(node).endMetadata().build())
              .create();
    }
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

  @BeforeEach
  void create() {
    create(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachine
        metadata: {name: web}
        spec: {cpu: {cores: 1}, memory: {size: 512Mi}, boot: {kernel: {image: guest}}}
        """);
    create(
        """
        apiVersion: moult.dev/v1alpha1
        kind: LiveUpdate
        metadata: {name: web}
        spec: {virtualMachine: web}
        """);
    for (String plural : Written.KINDS.keySet()) {
      ObjectNode status = (ObjectNode) Written.status(plural);
      ArrayNode conditions = status.putArray("conditions");
      StatusParts.conditions(plural)
          .forEach(type -> conditions.add(StatusParts.condition(type, "True")));
      if (plural.equals("liveupdates")) {
        ArrayNode timeline = status.putArray("timeline");
        Arrays.stream(StepName.values())
            .forEach(s -> timeline.add(StatusParts.step(s, "2026-01-01T12:00:00Z")));
      }
      setStatus(plural, status);
    }
  }

  static Stream<Written> fields() {
    return Written.KINDS.keySet().stream().sorted().flatMap(Written::of);
  }

  @ParameterizedTest
  @MethodSource("fields")
  void changesItsOwnFieldsAlone(Written field) {
    if (field.writer() == FieldOwner.AGENT) {
      assertThatCode(() -> patch(agent, field.plural(), field.change())).doesNotThrowAnyException();
      assertThatCode(() -> patch(agent, field.plural(), field.removal()))
          .doesNotThrowAnyException();
    } else {
      String own =
          field.path().equals("machine/uid")
              ? "status.machine.uid is the operator's"
              : "of the status only: ";
      assertRefused(POLICY, own, () -> patch(agent, field.plural(), field.change()));
      assertRefused(POLICY, own, () -> patch(agent, field.plural(), field.removal()));
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void addsItsOwnFieldsAlone(Written field) {
    ObjectNode bare = Serialization.jsonMapper().createObjectNode().put("nodeName", "node-a");
    if (field.path().contains("/")) {
      bare.putObject("machine");
    }
    setStatus(field.plural(), bare);
    String patch = field.addition();

    if (field.writer() == FieldOwner.AGENT) {
      assertThatCode(() -> patch(agent, field.plural(), patch)).doesNotThrowAnyException();
    } else {
      assertRefused(POLICY, "", () -> patch(agent, field.plural(), patch));
    }
  }

  @ParameterizedTest
  @EnumSource(ConditionType.class)
  void changesItsOwnConditionsAlone(ConditionType type) {
    for (String plural : Written.KINDS.keySet()) {
      List<ConditionType> types = StatusParts.conditions(plural);
      if (!types.contains(type)) {
        continue;
      }
      String path = "/status/conditions/" + types.indexOf(type);
      String change = StatusParts.operation("replace", path, StatusParts.condition(type, "False"));
      String removal = StatusParts.operation("remove", path, null);
      if (type.writer() == FieldOwner.AGENT) {
        assertThatCode(() -> patch(agent, plural, change)).doesNotThrowAnyException();
        assertThatCode(() -> patch(agent, plural, removal)).doesNotThrowAnyException();
      } else {
        assertRefused(POLICY, "of the conditions only", () -> patch(agent, plural, change));
        assertRefused(POLICY, "of the conditions only", () -> patch(agent, plural, removal));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(StepName.class)
  void changesItsOwnStepsAlone(StepName step) {
    String path = "/status/timeline/" + step.ordinal();
    String change =
        StatusParts.operation("replace", path, StatusParts.step(step, "2026-01-01T13:00:00Z"));
    String removal = StatusParts.operation("remove", path, null);

    if (step.writer() == FieldOwner.AGENT) {
      assertThatCode(() -> patch(agent, "liveupdates", change)).doesNotThrowAnyException();
      assertThatCode(() -> patch(agent, "liveupdates", removal)).doesNotThrowAnyException();
    } else {
      assertRefused(POLICY, "of the timeline only", () -> patch(agent, "liveupdates", change));
      assertRefused(POLICY, "of the timeline only", () -> patch(agent, "liveupdates", removal));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtualmachines", "liveupdates"})
  void theNodeOfTheTokenIsTheObjectsNode(String plural) {
    String own = anOwnChange(plural);

    assertThatCode(() -> patch(agent, plural, own)).doesNotThrowAnyException();
    assertRefused(
        POLICY,
        "the token is of node node-b, status.nodeName is \"node-a\"",
        () -> patch(foreign, plural, own));
    assertRefused(POLICY, "the token is of no node", () -> patch(unbound, plural, own));
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtualmachines", "liveupdates"})
  void anObjectWithoutANodeIsNobodys(String plural) {
    setStatus(plural, Serialization.jsonMapper().createObjectNode());
    String own =
        StatusParts.operation(
            "add", "/status/conditions", Serialization.jsonMapper().createArrayNode());
    String takes =
        StatusParts.operation(
            "add", "/status/nodeName", Serialization.jsonMapper().valueToTree("node-a"));

    for (KubernetesClient client : List.of(agent, foreign, unbound)) {
      assertRefused(POLICY, "status.nodeName is \"\"", () -> patch(client, plural, own));
      assertRefused(POLICY, "status.nodeName is \"\"", () -> patch(client, plural, takes));
    }
  }

  /** What a node keeps of an agent's pod that is gone is worth nothing. */
  @Test
  void aTokenDiesWithItsPod() {
    Pod pod = api.identities().createPod(Chart.NAMESPACE, Chart.AGENT, "node-a");
    try (KubernetesClient stale = api.identities().ofPod(pod)) {
      String own = anOwnChange("virtualmachines");
      assertThatCode(() -> patch(stale, "virtualmachines", own)).doesNotThrowAnyException();

      var unused = api.client().resource(pod).withGracePeriod(0).delete();

      await()
          .atMost(TOKEN_CACHE)
          .untilAsserted(() ->
              assertThatThrownBy(() -> patch(stale, "virtualmachines", own))
                  .isInstanceOfSatisfying(
                      KubernetesClientException.class,
                      e -> assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_UNAUTHORIZED)));
    }
  }

  /** The role gives no more; were it wider, by an aggregation or by mistake, the policy stands. */
  @Test
  void writesNothingElseEvenIfItsRoleAllowedIt() {
    assertThatThrownBy(() -> relabel(agent)).hasMessageContaining("cannot patch resource");
    ClusterRoleBinding wide =
        api.client()
            .resource(
                new ClusterRoleBindingBuilder()
                    .withNewMetadata()
                    .withName("wide")
                    .endMetadata()
                    .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                    .addNewSubject("", "ServiceAccount", Chart.AGENT, Chart.NAMESPACE)
                    .build())
            .create();
    try {
      await().untilAsserted(() -> assertRefused(POLICY, "and nothing else", () -> relabel(agent)));
      assertRefused(
          POLICY,
          "and nothing else",
          () -> agent.resource(object("virtualmachines").get()).delete());
      assertRefused(
          POLICY,
          "and nothing else",
          () ->
              agent
                  .resource(
                      Serialization.unmarshal(
                          """
                          apiVersion: moult.dev/v1alpha1
                          kind: LiveUpdate
                          metadata: {name: mine, namespace: default}
                          spec: {virtualMachine: web}
                          """,
                          GenericKubernetesResource.class))
                  .create());
    } finally {
      var unused = api.client().resource(wide).delete();
    }
  }

  /** A status subresource takes no metadata: so no label, owner or finalizer by this way. */
  @Test
  void aStatusPatchChangesNoMetadata() {
    patch(
        agent,
        "virtualmachines",
        "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"a\":\"b\"}},"
            + "{\"op\":\"add\",\"path\":\"/metadata/finalizers\",\"value\":[\"a.dev/b\"]}]");

    var meta = Objects.requireNonNull(object("virtualmachines").get()).getMetadata();
    assertThat(meta.getLabels()).isNullOrEmpty();
    assertThat(meta.getFinalizers()).isNullOrEmpty();
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

  /** The operator's account is not concerned. */
  @Test
  void theOperatorWritesItsFields() {
    try (KubernetesClient operator =
        api.identities().serviceAccount(Chart.NAMESPACE, Chart.OPERATOR)) {
      assertThatCode(() ->
              patch(
                  operator,
                  "virtualmachines",
                  "[{\"op\":\"replace\",\"path\":\"/status/nodeName\",\"value\":\"node-b\"}]"))
          .doesNotThrowAnyException();
    }
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

  private static String anOwnChange(String plural) {
    return Written.of(plural)
        .filter(field -> field.writer() == FieldOwner.AGENT)
        .findFirst()
        .orElseThrow()
        .change();
  }

  private static void patch(KubernetesClient client, String plural, String patch) {
    client
        .genericKubernetesResources("moult.dev/v1alpha1", Written.KINDS.get(plural))
        .inNamespace(api.namespace())
        .withName("web")
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON), patch);
  }

  private static void relabel(KubernetesClient client) {
    client
        .genericKubernetesResources("moult.dev/v1alpha1", "VirtualMachine")
        .inNamespace(api.namespace())
        .withName("web")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
  }

  /** By cluster-admin, whole. */
  private static void setStatus(String plural, ObjectNode status) {
    GenericKubernetesResource object = object(plural).require();
    object.setAdditionalProperty("status", status);
    var unused = api.client().resource(object).subresource("status").update();
  }

  private static Resource<GenericKubernetesResource> object(String plural) {
    return api.client()
        .genericKubernetesResources("moult.dev/v1alpha1", Written.KINDS.get(plural))
        .inNamespace(api.namespace())
        .withName("web");
  }

  private static void create(String yaml) {
    var unused =
        api.client()
            .resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class))
            .inNamespace(api.namespace())
            .create();
  }
}
