package dev.moult.agent.status;

import dev.moult.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Events for people: few, at the start and the end of things. */
public final class EventRecorder {
  private static final int MESSAGE = 1024;

  private final KubernetesClient client;
  private final ApiWriter writer;
  private final String nodeName;
  private final Clock clock;
  private final AtomicLong count = new AtomicLong();

  /** Writes through the writer's line. */
  public EventRecorder(KubernetesClient client, ApiWriter writer, String nodeName, Clock clock) {
    this.client = client;
    this.writer = writer;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  /** How an event looks in {@code kubectl describe}. */
  public enum Kind {
    /** As it should be. */
    NORMAL,
    /** Somebody should look. */
    WARNING
  }

  /** About an object of the API. */
  public void record(HasMetadata about, Kind kind, String reason, String message) {
    ObjectReference reference =
        new ObjectReferenceBuilder()
            .withApiVersion(about.getApiVersion())
            .withKind(about.getKind())
            .withNamespace(about.getMetadata().getNamespace())
            .withName(about.getMetadata().getName())
            .withUid(about.getMetadata().getUid())
            .build();
    record(reference, about.getMetadata().getNamespace(), kind, reason, message);
  }

  /** About this node; {@code kubectl describe node} looks for the node's name as uid. */
  public void recordOnNode(Kind kind, String reason, String message) {
    ObjectReference reference =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(nodeName)
            .withUid(nodeName)
            .build();
    record(reference, "default", kind, reason, message);
  }

  private void record(
      ObjectReference about, String namespace, Kind kind, String reason, String message) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String name =
        "%s.%x%x".formatted(about.getName(), clock.millis(), count.incrementAndGet() & 0xfff);
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .endMetadata()
            .withInvolvedObject(about)
            .withType(kind == Kind.NORMAL ? "Normal" : "Warning")
            .withReason(reason)
            .withMessage(Conditions.cut(message, MESSAGE))
            .withFirstTimestamp(now)
            .withLastTimestamp(now)
            .withCount(1)
            .withReportingComponent(ApiNames.AGENT_MANAGER)
            .withReportingInstance(nodeName)
            .withNewSource()
            .withComponent(ApiNames.AGENT_MANAGER)
            .withHost(nodeName)
            .endSource()
            .build();
    writer.submit(
        "event/" + namespace + "/" + name,
        () -> {
          try {
            var unused = client.resource(event).create();
          } catch (KubernetesClientException e) {
            // An event of a namespace that ends, or that is refused, is not worth a second try.
            if (e.getCode() < 400 || e.getCode() >= 500 || e.getCode() == 429) {
              throw e;
            }
          }
        });
  }
}
