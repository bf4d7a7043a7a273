package dev.moult.operator.it;

import static org.awaitility.Awaitility.await;

import dev.moult.api.testing.ApiServer;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The operator of {@code target/quarkus-app} as a process, with the rights of its ClusterRole. */
final class OperatorProcess implements AutoCloseable {
  /** The launcher's image of this installation. */
  static final String LAUNCHER = "moult.local/launcher:it";

  private static final String NAMESPACE = "moult-system";
  private static final Path LOG = Path.of("target/operator-it.log");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final int port;

  private OperatorProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param environment beside the usual
   */
  static OperatorProcess start(ApiServer api, Map<String, String> environment) {
    try {
      var kubeconfig = Files.createTempFile("moult-operator", ".kubeconfig");
      Files.writeString(kubeconfig, kubeconfig(api));
      var port = freePort();
      var builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:+UseSerialGC",
              "-Xms64m",
              "-Xmx288m",
              "-XX:+UseCompactObjectHeaders",
              "-XX:+ExitOnOutOfMemoryError",
              "-Dquarkus.log.category.\"dev.moult.operator.cluster.NewPods\".level=DEBUG",
              "-jar",
              "target/quarkus-app/quarkus-run.jar");
      builder
          .environment()
          .putAll(
              Map.of(
                  "KUBECONFIG",
                  kubeconfig.toString(),
                  "QUARKUS_HTTP_HOST",
                  "127.0.0.1",
                  "QUARKUS_HTTP_PORT",
                  Integer.toString(port),
                  "MOULT_VMM_IMAGE",
                  "moult.local/qemu:default",
                  "MOULT_LAUNCHER_IMAGE",
                  LAUNCHER));
      builder.environment().putAll(environment);
      var process =
          builder
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
              .start();
      var operator = new OperatorProcess(process, port);
      operator.awaitReady();
      return operator;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that is not ready in time is not left behind. */
  private void awaitReady() throws IOException {
    var ready = false;
    try {
      await("the operator is ready; see " + LOG)
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> !process.isAlive() || statusOf("/q/health/ready") == 200);
      if (!process.isAlive()) {
        throw new IllegalStateException("the operator ended: " + Files.readString(LOG));
      }
      ready = true;
    } finally {
      if (!ready) {
        kill();
      }
    }
  }

  /** The body of a page of the operator's HTTP port. */
  String page(String path) {
    try {
      return HTTP.send(request(path), HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** How many objects of a class are alive in it. */
  long instances(String type) {
    return run("jcmd", Long.toString(process.pid()), "GC.class_histogram")
        .lines()
        .map(String::strip)
        .map(line -> line.split("\\s+"))
        .filter(fields -> fields.length >= 4 && fields[3].equals(type))
        .mapToLong(fields -> Long.parseLong(fields[1]))
        .sum();
  }

  /** Its resident memory, in MiB. */
  long residentMebibytes() throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/status"))
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(kibibytes -> Long.parseLong(kibibytes) / 1024)
        .sum();
  }

  private static String run(String program, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", program).toString());
    command.addAll(List.of(arguments));
    try {
      var child = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it has logged so far. */
  static String log() {
    try {
      return Files.readString(LOG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int statusOf(String path) {
    try {
      return HTTP.send(request(path), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException notYet) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  }

  private static String kubeconfig(ApiServer api) throws IOException {
    var admin = api.client();
    admin.namespaces().resource(Namespaces.named(NAMESPACE)).serverSideApply();
    var role =
        Serialization.unmarshal(
            Files.readString(Path.of("src/main/kubernetes/clusterrole.yaml")), ClusterRole.class);
    admin.resource(role).serverSideApply();
    admin.resource(Namespaces.serviceAccount(NAMESPACE, "moult-operator")).serverSideApply();
    admin
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("moult-operator")
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "moult-operator")
                .addNewSubject("", "ServiceAccount", "moult-operator", NAMESPACE)
                .build())
        .serverSideApply();
    var token =
        admin
            .serviceAccounts()
            .inNamespace(NAMESPACE)
            .withName("moult-operator")
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(7200L)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
    var config =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Config",
            "current-context",
            "it",
            "clusters",
            List.of(
                Map.of(
                    "name",
                    "it",
                    "cluster",
                    Map.of(
                        "server", api.config().getMasterUrl(), "insecure-skip-tls-verify", true))),
            "users",
            List.of(Map.of("name", "it", "user", Map.of("token", token))),
            "contexts",
            List.of(Map.of("name", "it", "context", Map.of("cluster", "it", "user", "it"))));
    return Serialization.asYaml(config);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Sends it a signal, such as {@code STOP}. */
  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
