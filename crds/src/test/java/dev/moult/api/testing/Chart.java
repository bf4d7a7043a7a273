package dev.moult.api.testing;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The chart's accounts, roles and admission policies, rendered by helm as for a real installation.
 */
public final class Chart {
  /** The release's namespace. */
  public static final String NAMESPACE = "moult-system";

  /** The service account of the node agents, in {@link #NAMESPACE}. */
  public static final String AGENT = "moult-node-agent";

  /** The service account of the operator, in {@link #NAMESPACE}. */
  public static final String OPERATOR = "moult-operator";

  /** What is applied: here nobody makes pods of a Deployment. */
  private static final Set<String> INSTALLED =
      Set.of(
          "ServiceAccount",
          "ClusterRole",
          "ClusterRoleBinding",
          "ValidatingAdmissionPolicy",
          "ValidatingAdmissionPolicyBinding");

  private static final Duration EFFECTIVE_WITHIN = Duration.ofSeconds(30);

  /** Refuses one ConfigMap; when it does, everything that was applied before it is in force. */
  private static final String CANARY =
      """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata: {name: %1$s}
      spec:
        failurePolicy: Fail
        matchConstraints:
          resourceRules:
          - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
        matchConditions: [{name: is-canary, expression: "request.name == '%1$s'"}]
        validations: [{expression: "false", message: the canary sings}]
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata: {name: %1$s}
      spec: {policyName: %1$s, validationActions: [Deny]}
      """;

  private Chart() {}

  /**
   * Applies them, over those of other values too, and returns when the API server heeds them.
   *
   * @param values as for {@code helm --set}, such as {@code admission.enabled=false}
   */
  static void install(KubernetesClient admin, String... values) {
    var namespace =
        new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build();
    var unused = admin.resource(namespace).serverSideApply();
    apply(admin, render(values));
    String canary = "canary-" + UUID.randomUUID();
    apply(admin, CANARY.formatted(canary));
    ConfigMap prey =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(canary)
            .withNamespace(NAMESPACE)
            .endMetadata()
            .build();
    await()
        .atMost(EFFECTIVE_WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> refused(admin, prey));
  }

  /**
   * The whole chart, without the CRDs, as helm renders it.
   *
   * @param values as for {@code helm --set}
   */
  public static String render(String... values) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Checkout.binaries().resolve("helm").toString(),
                "template",
                "moult",
                Checkout.root().resolve("helm/moult").toString(),
                "--namespace=" + NAMESPACE,
                "--kube-version=1.36.0",
                "--set=crds.install=false"));
    for (String value : values) {
      command.add("--set=" + value);
    }
    return Checkout.run(command);
  }

  private static void apply(KubernetesClient admin, String yaml) {
    var bytes = new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8));
    for (HasMetadata object : admin.load(bytes).items()) {
      if (INSTALLED.contains(object.getKind())) {
        var unused = admin.resource(object).forceConflicts().serverSideApply();
      }
    }
  }

  private static boolean refused(KubernetesClient admin, ConfigMap prey) {
    try {
      var unused = admin.resource(prey).dryRun().create();
      return false;
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage()).contains("the canary sings");
    }
  }
}
