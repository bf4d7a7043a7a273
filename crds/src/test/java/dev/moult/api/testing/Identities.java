package dev.moult.api.testing;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** Makes clients that call the API server as somebody else. The caller closes them. */
public final class Identities {
  private static final long TOKEN_SECONDS = 3600;

  private final KubernetesClient admin;
  private final Config config;

  Identities(KubernetesClient admin, Config config) {
    this.admin = admin;
    this.config = config;
  }

  /** A user of these groups, by impersonation. */
  public KubernetesClient user(String name, String... groups) {
    return client(
        new ConfigBuilder(config)
            .withImpersonateUsername(name)
            .withImpersonateGroups(groups)
            .build());
  }

  /** A service account, made if it is missing, with a token that is bound to nothing. */
  public KubernetesClient serviceAccount(String namespace, String name) {
    ensureServiceAccount(namespace, name);
    return withToken(
        request(
            namespace,
            name,
            new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(TOKEN_SECONDS)
                .endSpec()
                .build()));
  }

  /**
   * A service account whose token is bound to a pod on a node, as the kubelet's projected tokens
   * are: the server then knows the node by {@code authentication.kubernetes.io/node-name}.
   */
  public KubernetesClient onNode(String namespace, String serviceAccount, String nodeName) {
    ensureServiceAccount(namespace, serviceAccount);
    return ofPod(createPod(namespace, serviceAccount, nodeName));
  }

  /** The service account of a pod, with a token that is bound to that pod and dies with it. */
  public KubernetesClient ofPod(Pod pod) {
    String namespace = pod.getMetadata().getNamespace();
    String serviceAccount = pod.getSpec().getServiceAccountName();
    return withToken(
        request(
            namespace,
            serviceAccount,
            new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(TOKEN_SECONDS)
                .withNewBoundObjectRef()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endBoundObjectRef()
                .endSpec()
                .build()));
  }

  private void ensureServiceAccount(String namespace, String name) {
    admin
        .serviceAccounts()
        .inNamespace(namespace)
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .build())
        .serverSideApply();
  }

  /** A pod of a service account that is placed on a node; nobody runs it. */
  public Pod createPod(String namespace, String serviceAccount, String nodeName) {
    return admin
        .pods()
        .inNamespace(namespace)
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withGenerateName(serviceAccount + "-")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(serviceAccount)
                .withNodeName(nodeName)
                .addNewContainer()
                .withName("main")
                .withImage("moult.local/none:dev")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  private String request(String namespace, String serviceAccount, TokenRequest request) {
    return admin
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(serviceAccount)
        .tokenRequest(request)
        .getStatus()
        .getToken();
  }

  private KubernetesClient withToken(String token) {
    return client(new ConfigBuilder(config).withOauthToken(token).build());
  }

  private static KubernetesClient client(Config config) {
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
