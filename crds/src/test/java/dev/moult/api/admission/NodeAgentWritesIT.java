package dev.moult.api.admission;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FieldOwner;
import dev.moult.api.v1alpha1.StepName;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
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

  /** Of a token without rights to it, until the API server has forgotten that it was good. */
  private static final Duration TOKEN_CACHE = Duration.ofSeconds(40);

  private static KubernetesClient agent;
  private static KubernetesClient foreign;
  private static KubernetesClient unbound;
  private Web web;

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
    web = new Web(api);
  }

  static Stream<Written> fields() {
    return Written.KINDS.keySet().stream().sorted().flatMap(Written::of);
  }

  @ParameterizedTest
  @MethodSource("fields")
  void changesItsOwnFieldsAlone(Written field) {
    if (field.writer() == FieldOwner.AGENT) {
      assertThatCode(() -> web.patch(agent, field.plural(), field.change()))
          .doesNotThrowAnyException();
      assertThatCode(() -> web.patch(agent, field.plural(), field.removal()))
          .doesNotThrowAnyException();
    } else {
      String own =
          field.path().equals("machine/uid")
              ? "status.machine.uid is the operator's"
              : "of the status only: ";
      assertRefused(POLICY, own, () -> web.patch(agent, field.plural(), field.change()));
      assertRefused(POLICY, own, () -> web.patch(agent, field.plural(), field.removal()));
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void addsItsOwnFieldsAlone(Written field) {
    ObjectNode bare = Serialization.jsonMapper().createObjectNode().put("nodeName", "node-a");
    if (field.path().contains("/")) {
      bare.putObject("machine");
    }
    web.setStatus(field.plural(), bare);
    String patch = field.addition();

    if (field.writer() == FieldOwner.AGENT) {
      assertThatCode(() -> web.patch(agent, field.plural(), patch)).doesNotThrowAnyException();
    } else {
      assertRefused(POLICY, "", () -> web.patch(agent, field.plural(), patch));
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
        assertThatCode(() -> web.patch(agent, plural, change)).doesNotThrowAnyException();
        assertThatCode(() -> web.patch(agent, plural, removal)).doesNotThrowAnyException();
      } else {
        assertRefused(POLICY, "of the conditions only", () -> web.patch(agent, plural, change));
        assertRefused(POLICY, "of the conditions only", () -> web.patch(agent, plural, removal));
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
      assertThatCode(() -> web.patch(agent, "liveupdates", change)).doesNotThrowAnyException();
      assertThatCode(() -> web.patch(agent, "liveupdates", removal)).doesNotThrowAnyException();
    } else {
      assertRefused(POLICY, "of the timeline only", () -> web.patch(agent, "liveupdates", change));
      assertRefused(POLICY, "of the timeline only", () -> web.patch(agent, "liveupdates", removal));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtualmachines", "liveupdates", "virtualmachineautopsies"})
  void theNodeOfTheTokenIsTheObjectsNode(String plural) {
    String own = anOwnChange(plural);

    assertThatCode(() -> web.patch(agent, plural, own)).doesNotThrowAnyException();
    assertRefused(
        POLICY,
        "the token is of node node-b, status.nodeName is \"node-a\"",
        () -> web.patch(foreign, plural, own));
    assertRefused(POLICY, "the token is of no node", () -> web.patch(unbound, plural, own));
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtualmachines", "liveupdates", "virtualmachineautopsies"})
  void anObjectWithoutANodeIsNobodys(String plural) {
    web.setStatus(plural, Serialization.jsonMapper().createObjectNode());
    String own =
        StatusParts.operation(
            "add", "/status/conditions", Serialization.jsonMapper().createArrayNode());
    String takes =
        StatusParts.operation(
            "add", "/status/nodeName", Serialization.jsonMapper().valueToTree("node-a"));

    for (KubernetesClient client : List.of(agent, foreign, unbound)) {
      assertRefused(POLICY, "status.nodeName is \"\"", () -> web.patch(client, plural, own));
      assertRefused(POLICY, "status.nodeName is \"\"", () -> web.patch(client, plural, takes));
    }
  }

  /** What a node keeps of an agent's pod that is gone is worth nothing. */
  @Test
  void aTokenDiesWithItsPod() {
    Pod pod = api.identities().createPod(Chart.NAMESPACE, Chart.AGENT, "node-a");
    try (KubernetesClient stale = api.identities().ofPod(pod)) {
      String own = anOwnChange("virtualmachines");
      assertThatCode(() -> web.patch(stale, "virtualmachines", own)).doesNotThrowAnyException();

      var unused = api.client().resource(pod).withGracePeriod(0).delete();

      await()
          .atMost(TOKEN_CACHE)
          .untilAsserted(() ->
              assertThatThrownBy(() -> web.patch(stale, "virtualmachines", own))
                  .isInstanceOfSatisfying(
                      KubernetesClientException.class,
                      e -> assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_UNAUTHORIZED)));
    }
  }

  /** The role gives no more; were it wider, by an aggregation or by mistake, the policy stands. */
  @Test
  void writesNothingElseEvenIfItsRoleAllowedIt() {
    assertThatThrownBy(() -> web.relabel(agent)).hasMessageContaining("cannot patch resource");
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
      await()
          .untilAsserted(() -> assertRefused(POLICY, "and nothing else", () -> web.relabel(agent)));
      assertRefused(
          POLICY,
          "and nothing else",
          () -> agent.resource(web.object("virtualmachines").get()).delete());
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
    web.patch(
        agent,
        "virtualmachines",
        "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"a\":\"b\"}},"
            + "{\"op\":\"add\",\"path\":\"/metadata/finalizers\",\"value\":[\"a.dev/b\"]}]");

    var meta = Objects.requireNonNull(web.object("virtualmachines").get()).getMetadata();
    assertThat(meta.getLabels()).isNullOrEmpty();
    assertThat(meta.getFinalizers()).isNullOrEmpty();
  }

  /** The operator's account is not concerned. */
  @Test
  void theOperatorWritesItsFields() {
    try (KubernetesClient operator =
        api.identities().serviceAccount(Chart.NAMESPACE, Chart.OPERATOR)) {
      assertThatCode(() ->
              web.patch(
                  operator,
                  "virtualmachines",
                  "[{\"op\":\"replace\",\"path\":\"/status/nodeName\",\"value\":\"node-b\"}]"))
          .doesNotThrowAnyException();
    }
  }

  private static String anOwnChange(String plural) {
    return Written.of(plural)
        .filter(field -> field.writer() == FieldOwner.AGENT)
        .findFirst()
        .orElseThrow()
        .change();
  }
}
