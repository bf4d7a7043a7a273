package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The admission policies of the installed chart, on the cluster: agents of other nodes and authors
 * without rights are refused, while guests run. Each clause has its test on an API server alone.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AdmissionE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String MOULT = "moult-system";
  private static final String AGENT = "moult-node-agent";
  private static final String MARK = "{\"status\":{\"updatable\":{\"blockers\":[]}}}";

  private final KubernetesClient client;
  private final TestNamespace namespace;

  AdmissionE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-admission");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  void anAgentWritesAboutItsOwnNodeAlone() throws IOException {
    namespace.apply(manifest("guest", yaml -> yaml));
    namespace.await("guest", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    Pod elsewhere = placeAgentElsewhere();

    try (var own = withToken(boundTo(agentPod()));
        var foreign = withToken(boundTo(elsewhere));
        var unbound = withToken(new TokenRequestBuilder().withNewSpec().endSpec().build())) {
      assertThatCode(() -> mark(own)).doesNotThrowAnyException();
      assertThatThrownBy(() -> mark(foreign))
          .hasMessageContaining("moult-node-agent-writes")
          .hasMessageContaining("the token is of node elsewhere");
      assertThatThrownBy(() -> mark(unbound))
          .hasMessageContaining("moult-node-agent-writes")
          .hasMessageContaining("the token is of no node");
    } finally {
      client.resource(elsewhere).withGracePeriod(0).delete();
    }
  }

  @Test
  void anAuthorNamesOnlyWhatHeMayHave() throws IOException {
    namespace.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: author}
        rules: [{apiGroups: [moult.dev], resources: [virtualmachines], verbs: [create]}]
        """);
    namespace.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: author}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: author}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: author}]
        """);
    try (var author = as(config -> config.withImpersonateUsername("author"))) {
      awaitPermission(author);
      assertThatThrownBy(() -> create(author, "named", "imagePullSecrets: [{name: registry}]"))
          .hasMessageContaining("you may not get the Secret registry");
      assertThatThrownBy(() -> create(author, "tolerant", "tolerations: [{operator: Exists}]"))
          .hasMessageContaining("spec.tolerations");
      assertThatThrownBy(() ->
              author
                  .resource(
                      manifest(
                          "foreign", y -> y.replace("moult.local/qemu:", "else.example/qemu:")))
                  .inNamespace(namespace.name())
                  .create())
          .hasMessageContaining("spec.vmm.image: else.example/qemu:10.0.2 is not allowed here");
      assertThatCode(() -> create(author, "plain", "runStrategy: Halted"))
          .doesNotThrowAnyException();
    }
  }

  /** The controller manager checks each expression against the types of what it is about. */
  @Test
  void thePoliciesAreWellTyped() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(policies())
                .isNotEmpty()
                .allSatisfy(policy -> {
                  assertThat(policy.getStatus().getTypeChecking()).isNotNull();
                  assertThat(policy.getStatus().getObservedGeneration())
                      .isEqualTo(policy.getMetadata().getGeneration());
                  assertThat(policy.getStatus().getTypeChecking().getExpressionWarnings())
                      .isEmpty();
                }));
  }

  private List<ValidatingAdmissionPolicy> policies() {
    return client
        .admissionRegistration()
        .v1()
        .validatingAdmissionPolicies()
        .list()
        .getItems()
        .stream()
        .filter(policy -> policy.getMetadata().getName().startsWith("moult-"))
        .toList();
  }

  /** The authorizer hears of a new binding a moment after it is there. */
  private void awaitPermission(KubernetesClient author) {
    var question =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withNamespace(namespace.name())
            .withGroup("moult.dev")
            .withResource("virtualmachines")
            .withVerb("create")
            .endResourceAttributes()
            .endSpec()
            .build();
    await()
        .atMost(PATIENCE)
        .until(() ->
            author
                .authorization()
                .v1()
                .selfSubjectAccessReview()
                .create(question)
                .getStatus()
                .getAllowed());
  }

  private void mark(KubernetesClient agent) {
    agent
        .resources(VirtualMachine.class)
        .inNamespace(namespace.name())
        .withName("guest")
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), MARK);
  }

  private void create(KubernetesClient author, String name, String more) throws IOException {
    var yaml = manifest(name, text -> text.replaceFirst("spec:", "spec:\n  " + more));
    author.resource(yaml).inNamespace(namespace.name()).create();
  }

  private Pod agentPod() {
    return client
        .pods()
        .inNamespace(MOULT)
        .withLabel("app.kubernetes.io/component", "node-agent")
        .list()
        .getItems()
        .getFirst();
  }

  /**
   * A pod of the agents' account on a node that there is not: nobody runs it, its token is good.
   */
  private Pod placeAgentElsewhere() {
    return client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withGenerateName("elsewhere-")
                .withNamespace(MOULT)
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(AGENT)
                .withNodeName("elsewhere")
                .addNewContainer()
                .withName("main")
                .withImage("moult.local/none:dev")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  private static TokenRequest boundTo(Pod pod) {
    return new TokenRequestBuilder()
        .withNewSpec()
        .withNewBoundObjectRef()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(pod.getMetadata().getName())
        .withUid(pod.getMetadata().getUid())
        .endBoundObjectRef()
        .endSpec()
        .build();
  }

  private KubernetesClient withToken(TokenRequest request) {
    var token =
        client
            .serviceAccounts()
            .inNamespace(MOULT)
            .withName(AGENT)
            .tokenRequest(request)
            .getStatus()
            .getToken();
    var admin = client.getConfiguration();
    // Of the administrator's configuration the server alone: a client certificate would be asked
    // first.
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(Config.empty())
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertData(admin.getCaCertData())
                .withOauthToken(token)
                .build())
        .build();
  }

  private KubernetesClient as(UnaryOperator<ConfigBuilder> change) {
    return new KubernetesClientBuilder()
        .withConfig(change.apply(new ConfigBuilder(client.getConfiguration())).build())
        .build();
  }

  private static String manifest(String name, UnaryOperator<String> change) throws IOException {
    return ExampleVm.manifest(Installed.checkout(), name, change);
  }
}
