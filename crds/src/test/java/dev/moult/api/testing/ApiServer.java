package dev.moult.api.testing;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;

/**
 * A kube-apiserver with an etcd of its own and the CRDs of Moult, without controllers, scheduler or
 * nodes. RBAC and admission policies are in force; {@link #client()} is cluster-admin.
 *
 * <p>etcd and the API server are two containers of one image that share a network namespace.
 */
public final class ApiServer implements AutoCloseable {
  private static final int PORT = 6443;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String LISTS = "/apis/moult.dev/v1alpha1/";
  private static final List<String> CRDS =
      List.of(
          "virtualmachines.moult.dev.yaml",
          "liveupdates.moult.dev.yaml",
          "virtualmachineautopsies.moult.dev.yaml");

  private final GenericContainer<?> etcd;
  private final GenericContainer<?> apiServer;
  private final Config config;
  private final KubernetesClient client;

  private ApiServer(
      GenericContainer<?> etcd,
      GenericContainer<?> apiServer,
      Config config,
      KubernetesClient client) {
    this.etcd = etcd;
    this.apiServer = apiServer;
    this.config = config;
    this.client = client;
  }

  /** Starts one and waits until it answers and serves the CRDs. Needs a Docker daemon. */
  public static ApiServer start() {
    Future<String> image = ApiServerImage.name();
    String token = UUID.randomUUID().toString();
    GenericContainer<?> etcd = etcd(image);
    etcd.start();
    GenericContainer<?> apiServer = apiServer(image, etcd.getContainerId(), token);
    Config config =
        adminConfig("https://" + etcd.getHost() + ":" + etcd.getMappedPort(PORT), token);
    ApiServer server =
        new ApiServer(
            etcd, apiServer, config, new KubernetesClientBuilder().withConfig(config).build());
    try {
      apiServer.start();
      server.awaitReady();
      server.installCrds();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static GenericContainer<?> etcd(Future<String> image) {
    return new GenericContainer<>(image)
        .withCommand(
            "/etcd",
            "--data-dir=/data/etcd",
            "--unsafe-no-fsync",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379")
        .withTmpFs(Map.of("/data", "rw"))
        .withExposedPorts(PORT)
        .waitingFor(Wait.forLogMessage(".*ready to serve client requests.*", 1))
        .withStartupTimeout(START_TIMEOUT);
  }

  private static GenericContainer<?> apiServer(Future<String> image, String etcdId, String token) {
    return new GenericContainer<>(image)
        .withNetworkMode("container:" + etcdId)
        .withCopyToContainer(Transferable.of(signingKey()), "/service-account.key")
        .withCopyToContainer(
            Transferable.of(token + ",admin,admin,system:masters\n"), "/tokens.csv")
        .withCommand(
            "/kube-apiserver",
            "--etcd-servers=http://127.0.0.1:2379",
            "--secure-port=" + PORT,
            "--cert-dir=/certificates",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=/service-account.key",
            "--service-account-signing-key-file=/service-account.key",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--token-auth-file=/tokens.csv",
            "--authorization-mode=RBAC",
            // That nothing privileged is let in shall be seen to be the policies' doing.
            "--allow-privileged",
            // Nobody makes the default service accounts here, without which no pod is let in.
            "--disable-admission-plugins=ServiceAccount");
  }

  private static Config adminConfig(String url, String token) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(url)
        .withOauthToken(token)
        // The certificate is made by the server at its start, for this test alone.
        .withTrustCerts(true)
        .withDisableHostnameVerification(true)
        // A test shall see each answer; retries would also outlast the server's start.
        .withRequestRetryBackoffLimit(0)
        .build();
  }

  /** Cluster-admin. */
  public KubernetesClient client() {
    return client;
  }

  /** How cluster-admin reaches the server; copy it for other identities. */
  public Config config() {
    return new ConfigBuilder(config).build();
  }

  /** A kubeconfig of cluster-admin, for programs that are given a file. */
  public String kubeconfig() {
    return """
    apiVersion: v1
    kind: Config
    clusters: [{name: test, cluster: {server: "%s", insecure-skip-tls-verify: true}}]
    users: [{name: admin, user: {token: "%s"}}]
    contexts: [{name: test, context: {cluster: test, user: admin}}]
    current-context: test
    """
        .formatted(config.getMasterUrl(), config.getOauthToken());
  }

  /** Who calls as somebody else: users, service accounts, agents bound to a node. */
  public Identities identities() {
    return new Identities(client, config);
  }

  /** A new namespace; it is never removed (there is no controller), the server ends before it. */
  public String createNamespace() {
    return client
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withMetadata(new ObjectMetaBuilder().withGenerateName("test-").build())
                .build())
        .create()
        .getMetadata()
        .getName();
  }

  /**
   * Applies the chart's accounts, roles and admission policies; returns when they are in force.
   *
   * @param values as for {@code helm --set}
   */
  public void installChart(String... values) {
    Chart.install(client, values);
  }

  /** What the API server has logged, for the message of a failed test. */
  public String logs() {
    return apiServer.getLogs();
  }

  @Override
  public void close() {
    client.close();
    // The API server hangs for a minute when etcd goes first.
    apiServer.stop();
    etcd.stop();
  }

  private void awaitReady() {
    await()
        .atMost(START_TIMEOUT)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(() -> "ok".equals(client.raw("/readyz")));
  }

  private void installCrds() {
    for (String file : CRDS) {
      try (InputStream yaml = ApiServer.class.getResourceAsStream("/META-INF/moult/crds/" + file)) {
        if (yaml == null) {
          throw new IllegalStateException(file + " is not on the class path");
        }
        CustomResourceDefinition crd =
            client.apiextensions().v1().customResourceDefinitions().load(yaml).create();
        client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .resource(crd)
            .waitUntilCondition(ApiServer::established, 30, TimeUnit.SECONDS);
        // For a moment after it is established its storage is not ready, and a list is refused.
        await()
            .atMost(START_TIMEOUT)
            .pollInterval(Duration.ofMillis(20))
            .ignoreExceptions()
            .until(() -> client.raw(LISTS + crd.getSpec().getNames().getPlural()) != null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static boolean established(CustomResourceDefinition crd) {
    // Status and conditions come in two writes.
    return crd.getStatus() != null
        && crd.getStatus().getConditions() != null
        && crd.getStatus().getConditions().stream()
            .anyMatch(c -> "Established".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private static String signingKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
      String base64 =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(key);
      return "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
