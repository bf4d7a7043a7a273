package dev.moult.cli.console;

import dev.moult.cli.cluster.Refusal;
import dev.moult.cli.output.Printable;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecListener;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One connection to the terminal of an anchor's container, where a guest's console lives. */
final class Line implements AutoCloseable {
  private static final int OPEN_SECONDS = 15;

  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final ExecWatch watch;

  private Line(PodResource pod, String container, OutputStream screen) {
    watch =
        pod.inContainer(container)
            .redirectingInput()
            .writingOutput(screen)
            .withTTY()
            .usingListener(new Listener())
            .attach();
  }

  /**
   * Attaches.
   *
   * @param screen gets what the guest prints, from a thread of the connection's
   * @throws KubernetesClientException if the API server, or the kubelet behind it, refuses
   */
  static Line open(PodResource pod, String container, OutputStream screen)
      throws InterruptedException {
    var line = new Line(pod, container, screen);
    try {
      line.opened.get(OPEN_SECONDS, TimeUnit.SECONDS);
      return line;
    } catch (ExecutionException e) {
      line.close();
      throw e.getCause() instanceof KubernetesClientException refused
          ? refused
          : new KubernetesClientException("the console did not open", e.getCause());
    } catch (TimeoutException e) {
      line.close();
      throw new KubernetesClientException("the console did not open in time", e);
    }
  }

  /** Types. */
  void type(byte[] bytes, int count) throws IOException {
    OutputStream input = watch.getInput();
    input.write(bytes, 0, count);
    input.flush();
  }

  /** Completed with why, when the connection has ended. */
  CompletableFuture<String> ended() {
    return ended;
  }

  @Override
  public void close() {
    watch.close();
  }

  private final class Listener implements ExecListener {
    @Override
    public void onOpen() {
      opened.complete(null);
    }

    @Override
    public void onFailure(Throwable failure, @Nullable Response response) {
      opened.completeExceptionally(failure);
      ended.complete(Printable.of(Refusal.rootWords(failure)));
    }

    @Override
    public void onExit(int code, @Nullable Status status) {
      ended.complete("the anchor's container ended");
    }

    @Override
    public void onClose(int code, String reason) {
      opened.completeExceptionally(new KubernetesClientException("the connection was closed"));
      ended.complete("the connection was closed");
    }
  }
}
