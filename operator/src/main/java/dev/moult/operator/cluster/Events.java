package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Events for {@code kubectl describe}: on a change of phase or of a fault, never in between. They
 * are written one after the other on a thread of their own: no guest waits for one.
 */
@ApplicationScoped
public class Events {
  private static final Logger LOG = Logger.getLogger(Events.class);
  private static final int MAX_MESSAGE = 1024;

  private final KubernetesClient client;
  private final Writes writes;
  private final ExecutorService line =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("events").factory());

  /** Events by this client. */
  @Inject
  public Events(KubernetesClient client, Writes writes) {
    this.client = client;
    this.writes = writes;
  }

  /**
   * Tells of a change. An event that cannot be written is logged and lost: it changes nothing.
   *
   * @param warning whether somebody should look
   * @param reason in one word
   */
  public void tell(
      HasMetadata about, boolean warning, String reason, @Nullable String message, Instant now) {
    var at = now.truncatedTo(ChronoUnit.SECONDS).toString();
    var meta = about.getMetadata();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(meta.getNamespace())
            .withGenerateName(meta.getName() + ".")
            .endMetadata()
            .withType(warning ? "Warning" : "Normal")
            .withReason(reason)
            .withMessage(shortened(message))
            .withFirstTimestamp(at)
            .withLastTimestamp(at)
            .withCount(1)
            .withNewSource()
            .withComponent(ApiNames.OPERATOR_MANAGER)
            .endSource()
            .withReportingComponent(ApiNames.OPERATOR_MANAGER)
            .withInvolvedObject(
                new ObjectReferenceBuilder()
                    .withApiVersion(about.getApiVersion())
                    .withKind(about.getKind())
                    .withNamespace(meta.getNamespace())
                    .withName(meta.getName())
                    .withUid(meta.getUid())
                    .build())
            .build();
    line.execute(() -> write(event));
  }

  private void write(Event event) {
    var meta = event.getMetadata();
    try {
      writes.call(
          () -> client.v1().events().inNamespace(meta.getNamespace()).resource(event).create());
    } catch (KubernetesClientException e) {
      LOG.warnf(
          "event %s of %s lost: %s",
          event.getReason(), event.getInvolvedObject().getName(), e.getMessage());
    }
  }

  /** Lets what was told be written before the program ends. */
  @PreDestroy
  void close() {
    line.close();
  }

  private static String shortened(@Nullable String message) {
    var text = message == null ? "" : message;
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
