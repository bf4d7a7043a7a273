package dev.moult.cli.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.vertx.core.VertxException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One object, each time it has changed, from what it is now on. A broken connection is made anew by
 * itself.
 *
 * @param <T> what kind of object
 */
public final class Following<T extends HasMetadata> implements AutoCloseable {
  /**
   * The object has changed.
   *
   * @param object what it is now; null when it is gone
   * @param <T> what kind of object
   */
  public record Change<T>(@Nullable T object) {}

  private final BlockingQueue<Change<T>> changes = new LinkedBlockingQueue<>();
  private final SharedIndexInformer<T> informer;

  private Following(Resource<T> resource) {
    informer =
        resource.inform(
            new ResourceEventHandler<T>() {
              @Override
              public void onAdd(T now) {
                changes.add(new Change<>(now));
              }

              @Override
              public void onUpdate(T before, T now) {
                changes.add(new Change<>(now));
              }

              @Override
              public void onDelete(T last, boolean finalStateUnknown) {
                changes.add(new Change<>(null));
              }
            });
  }

  /**
   * Begins to follow an object; needs to list and to watch it.
   *
   * @param watch what is needed to follow it, for the message when it is refused
   * @throws KubernetesClientException if it cannot be listed
   * @throws CommandFailure if it may not be watched
   */
  public static <T extends HasMetadata> Following<T> of(Resource<T> resource, Permission watch) {
    try {
      return new Following<>(resource);
    } catch (KubernetesClientException e) {
      // A watch that is refused comes without the server's words.
      throw Refusal.isForbidden(e) && !Refusal.namesPermission(e)
          ? new CommandFailure(Refusal.missing(watch), e)
          : e;
    } catch (VertxException e) {
      // The library wraps other failures of a connection, but not those of an informer's first
      // list.
      throw new KubernetesClientException("the connection broke", e);
    }
  }

  /** The next change; empty when there was none for so long. */
  public Optional<Change<T>> next(Duration patience) throws InterruptedException {
    return Optional.ofNullable(changes.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
  }

  @Override
  public void close() {
    informer.close();
  }
}
