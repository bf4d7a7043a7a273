package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.operator.allowance.Inquiries;
import dev.moult.operator.cluster.Action.Reply;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.PodFacts;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Creates pods, or finds out whether they would be let in; says why not. */
@ApplicationScoped
public class NewPods {
  private static final Logger LOG = Logger.getLogger(NewPods.class);
  private static final int UNPROCESSABLE = 422;

  private final KubernetesClient client;
  private final Writes writes;
  private final Caches caches;
  private final Inquiries inquiries;

  /** Creates by this client; what was created is put into the caches. */
  @Inject
  public NewPods(KubernetesClient client, Writes writes, Caches caches, Inquiries inquiries) {
    this.client = client;
    this.writes = writes;
    this.caches = caches;
    this.inquiries = inquiries;
  }

  /** Creates a pod, unless it is there; a foreign one of that name is never adopted. */
  Optional<Trouble> create(Pod pod) {
    return unlessRefused(
        pod,
        target -> {
          caches.created(target.create());
          LOG.infof(
              "created pod %s/%s", pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        });
  }

  /** Makes a dry run of a pod, when it is due: full first, then as an update falls back to it. */
  Reply ask(Action.AskForRoom ask) {
    if (!inquiries.differs(ask.vmUid(), ask.question())) {
      return new Reply.Known();
    }
    var turn = inquiries.turn(ask.vmUid());
    if (turn.isPresent()) {
      return new Reply.Later(turn.get());
    }
    inquiries.asks(ask.vmUid(), ask.question());
    try {
      var full = dryRun(ask.full());
      return new Reply.Answer(
          full.isPresent() && dryRun(ask.tiny()).isPresent() ? full : Optional.empty());
    } catch (KubernetesClientException e) {
      inquiries.forget(ask.vmUid());
      throw e;
    }
  }

  private Optional<Trouble> dryRun(Pod pod) {
    var refusal = unlessRefused(pod, target -> target.dryRun().create());
    LOG.debugf(
        "dry run of pod %s/%s: %s",
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        refusal.map(Trouble::message).orElse("taken"));
    return refusal;
  }

  private Optional<Trouble> unlessRefused(Pod pod, Consumer<PodResource> creation) {
    var target = client.pods().inNamespace(pod.getMetadata().getNamespace()).resource(pod);
    try {
      writes.call(() -> {
        creation.accept(target);
        return target;
      });
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case HttpURLConnection.HTTP_CONFLICT -> existing(pod);
        case HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE, HttpURLConnection.HTTP_BAD_REQUEST ->
            Optional.of(refused(e));
        default -> throw e;
      };
    }
  }

  /** A pod of that name is there: ours, from before a crash, or somebody else's. */
  private Optional<Trouble> existing(Pod wanted) {
    var meta = wanted.getMetadata();
    var live = client.pods().inNamespace(meta.getNamespace()).withName(meta.getName()).get();
    if (live == null) {
      return Optional.empty(); // gone by now: its event, or the resync, brings us back
    }
    var owner = meta.getOwnerReferences().getFirst().getUid();
    var update = PodFacts.label(wanted, ApiNames.UPDATE_UID_LABEL);
    if (PodFacts.controlledBy(live, owner)
        && PodFacts.label(live, ApiNames.UPDATE_UID_LABEL).equals(update)) {
      return Optional.empty();
    }
    return Optional.of(
        new Trouble(
            Reason.POD_NAME_TAKEN,
            "pod " + meta.getName() + " exists and does not belong here; delete or rename it"));
  }

  /** The API server's own words, and what to change. */
  static Trouble refused(KubernetesClientException e) {
    var reason = refusal(told(e));
    return new Trouble(reason, told(e) + ". " + reason.action());
  }

  private static Reason refusal(String message) {
    if (message.contains("exceeded quota")) {
      return Reason.QUOTA_EXCEEDED;
    }
    return message.contains("usage per Container") || message.contains("usage per Pod")
        ? Reason.LIMIT_RANGE_FORBIDS
        : Reason.POD_REFUSED;
  }

  static String told(KubernetesClientException e) {
    var status = e.getStatus();
    return status != null && status.getMessage() != null
        ? status.getMessage()
        : String.valueOf(e.getMessage());
  }
}
