package dev.moult.cli.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.cli.output.Printable;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.utils.URLUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The node agents, as far as the API server leads to them: by its proxy for pods. What they answer
 * is bounded in size and time, and so is the harm of a node that was taken over.
 */
public final class NodeAgents {
  private static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "moult", "app.kubernetes.io/component", "node-agent");

  private static final String METRICS =
      "api/v1/namespaces/%s/pods/http:%s:8081/proxy/q/metrics"; // docs/metrics.md

  /** A full node's are some hundred kB. */
  private static final int MOST_MIB = 8;

  /** An agent answers within half a second. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MOST_WORDS = 300;

  private final KubernetesClient client;
  private final String namespace;

  NodeAgents(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /**
   * Finds them.
   *
   * @return their pods' names, by the names of their nodes
   * @throws CommandFailure if there is none
   */
  public Map<String, String> pods() {
    Map<String, Pod> byNode = new HashMap<>();
    for (Pod pod : client.pods().inNamespace(namespace).withLabels(LABELS).list().getItems()) {
      String node = pod.getSpec().getNodeName();
      if (node != null) {
        byNode.merge(node, pod, (one, other) -> isOver(one) ? other : one);
      }
    }
    if (byNode.isEmpty()) {
      throw new CommandFailure(
          "there is no node agent in namespace \""
              + namespace
              + "\"; if Moult is installed in another one, name it with --system-namespace");
    }
    return byNode.entrySet().stream()
        .collect(
            Collectors.toMap(Map.Entry::getKey, one -> one.getValue().getMetadata().getName()));
  }

  private static boolean isOver(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null
        || (pod.getStatus() != null
            && pod.getStatus().getPhase() != null
            && Set.of("Failed", "Succeeded").contains(pod.getStatus().getPhase()));
  }

  /** What is told if the user may ask none of them. */
  public CommandFailure refusal() {
    return new CommandFailure(Refusal.missing(Permission.ASK_AGENTS, namespace));
  }

  /**
   * What an agent serves for Prometheus.
   *
   * @param pod one of {@link #pods}
   * @throws AgentException if it does not answer, or with something else
   */
  public String metrics(String pod) throws AgentException, InterruptedException {
    HttpRequest request =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(URLUtils.join(client.getMasterUrl().toString(), METRICS.formatted(namespace, pod)))
            .header("Accept", "text/plain")
            .build();
    Page page = new Page();
    CompletableFuture<Integer> code =
        client
            .getHttpClient()
            .consumeBytes(request, page)
            .thenCompose(response -> {
              response.body().consume();
              return response.body().done().thenApply(done -> response.code());
            });
    try {
      return told(code.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), page.text());
    } catch (TimeoutException e) {
      page.closed = true;
      throw new AgentException("no answer within " + PATIENCE.toSeconds() + " s", false);
    } catch (ExecutionException e) {
      throw new AgentException(words(Refusal.rootWords(e)), false);
    }
  }

  private static String told(int code, String text) throws AgentException {
    if (code == HttpURLConnection.HTTP_OK) {
      return text;
    }
    throw new AgentException(
        "HTTP " + code + ": " + words(message(text)), code == HttpURLConnection.HTTP_FORBIDDEN);
  }

  /** Of the API server's Status, when it is one. */
  private static @Nullable String message(String text) {
    try {
      return new ObjectMapper().readTree(text).path("message").asText();
    } catch (JsonProcessingException e) {
      return text;
    }
  }

  private static String words(@Nullable String text) {
    String all = text == null ? "" : text;
    return Printable.of(all.substring(0, Math.min(all.length(), MOST_WORDS)));
  }

  /** What has come of an answer. */
  private static final class Page implements AsyncBody.Consumer<List<ByteBuffer>> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile boolean closed;

    @Override
    public void consume(List<ByteBuffer> chunks, AsyncBody body) throws IOException {
      for (ByteBuffer chunk : chunks) {
        if (closed || chunk.remaining() > (MOST_MIB << 20) - bytes.size()) {
          throw new IOException("its answer has more than " + MOST_MIB + " MiB"); // ends it
        }
        byte[] part = new byte[chunk.remaining()];
        chunk.get(part);
        bytes.writeBytes(part);
      }
      body.consume();
    }

    private String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}
