package dev.moult.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Applies statuses: a fresh object with the operator's own fields, all of them, each time. */
@ApplicationScoped
public class Statuses {
  private static final Logger LOG = Logger.getLogger(Statuses.class);

  private final Writes writes;

  /** Applies within the bound on writes. */
  @Inject
  public Statuses(Writes writes) {
    this.writes = writes;
  }

  /**
   * Applies the status of {@code fresh} to the object that was seen.
   *
   * @param seen the object as cached: its resource version is the precondition
   * @param fresh an empty object of the same kind with the operator's own status
   * @return the object after it; empty if it was changed or deleted meanwhile, which brings an
   *     event
   */
  public <P extends CustomResource<?, ?>> Optional<P> apply(P seen, P fresh, Context<P> context) {
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(seen.getMetadata().getNamespace())
            .withName(seen.getMetadata().getName())
            .withResourceVersion(seen.getMetadata().getResourceVersion())
            .build());
    try {
      return Optional.of(
          writes.call(() -> context.resourceOperations().serverSideApplyPrimaryStatus(fresh)));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        LOG.debugf("%s was changed meanwhile", name(seen));
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String name(HasMetadata object) {
    return object.getKind() + " " + object.getMetadata().getName();
  }
}
