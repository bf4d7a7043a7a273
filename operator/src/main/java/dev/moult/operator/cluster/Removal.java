package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action.Proviso;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.ProofOfDeath;
import dev.moult.operator.vm.Losers;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PreconditionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Deletes pods and lets go of dead ones. Each of them may hold a guest, so a last look at the API
 * server itself goes before, and what was looked at is the call's precondition.
 */
@ApplicationScoped
public class Removal {
  private static final Logger LOG = Logger.getLogger(Removal.class);

  /** Not for ever: the next look at the pod tries again. */
  private static final int ATTEMPTS = 5;

  private final KubernetesClient client;
  private final Writes writes;
  private final Clock clock;

  /** Acts by this client. */
  @Inject
  public Removal(KubernetesClient client, Writes writes, Clock clock) {
    this.client = client;
    this.writes = writes;
    this.clock = clock;
  }

  /** Deletes that very pod in that very version: what changed meanwhile is looked at again. */
  void delete(Action.DeletePod action) {
    for (int i = 0; i < ATTEMPTS; i++) {
      if (attempt(action)) {
        return;
      }
    }
    LOG.warnf("pod %s changes faster than it can be deleted", action.pod().getMetadata().getName());
  }

  /** Whether there is nothing more to do; the pod of a QEMU that has just died changes a lot. */
  private boolean attempt(Action.DeletePod action) {
    var meta = action.pod().getMetadata();
    var live = client.pods().inNamespace(meta.getNamespace()).withName(meta.getName()).get();
    if (live == null || !live.getMetadata().getUid().equals(meta.getUid())) {
      return true;
    }
    if (!shows(action.proviso(), live)) {
      LOG.warnf("pod %s/%s is kept: it may hold the guest", meta.getNamespace(), meta.getName());
      return true;
    }
    try {
      var version =
          action.proof().isPresent() && ProofOfDeath.awaited(live)
              ? letGo(live, action.proof().get())
              : live.getMetadata().getResourceVersion();
      delete(live.getMetadata(), version, action.grace());
    } catch (KubernetesClientException e) {
      ignoreIfChanged(e, meta.getName());
      return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }
    return true;
  }

  /** Lets go of a deleted pod that is proved dead, if it is still as it was seen. */
  void release(Action.ReleasePod action) {
    try {
      if (!action.proof().byNode() || isOutOfService(action.pod())) {
        letGo(action.pod(), action.proof());
      }
    } catch (KubernetesClientException e) {
      ignoreIfChanged(e, action.pod().getMetadata().getName());
    }
  }

  /**
   * Makes each call of a removal once, about objects that do not exist.
   *
   * @throws KubernetesClientException as nothing is found
   */
  public void rehearse(Pod nobody, LiveUpdate nothing) {
    var unused = shows(new Proviso.Loser(nothing, clock.instant()), nobody);
    release(new Action.ReleasePod(nobody, ProofOfDeath.BY_AGENT));
    var meta = nobody.getMetadata();
    delete(meta, meta.getResourceVersion(), Optional.of(Duration.ZERO));
  }

  private void delete(ObjectMeta meta, String version, Optional<Duration> grace) {
    var options =
        new DeleteOptionsBuilder()
            .withGracePeriodSeconds(grace.map(Duration::toSeconds).orElse(null))
            .withPreconditions(
                new PreconditionsBuilder()
                    .withUid(meta.getUid())
                    .withResourceVersion(version)
                    .build())
            .build();
    var path = "/api/v1/namespaces/" + meta.getNamespace() + "/pods/" + meta.getName();
    writes.call(() -> client.raw(path, "DELETE", options));
    LOG.infof("deleted pod %s/%s", meta.getNamespace(), meta.getName());
  }

  /** Takes the finalizer away; the answer is the pod's new resource version. */
  private String letGo(Pod pod, ProofOfDeath proof) {
    var meta = pod.getMetadata();
    var patch =
        Map.of(
            "metadata",
            Map.of(
                "uid", meta.getUid(),
                "resourceVersion", meta.getResourceVersion(),
                "finalizers", ProofOfDeath.otherFinalizers(pod)));
    var after =
        writes.call(() ->
            client
                .pods()
                .inNamespace(meta.getNamespace())
                .withName(meta.getName())
                .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(patch)));
    LOG.infof("let go of pod %s/%s: %s", meta.getNamespace(), meta.getName(), proof.words());
    return after.getMetadata().getResourceVersion();
  }

  private boolean isOutOfService(Pod pod) {
    var node = client.nodes().withName(PodFacts.node(pod).orElse("")).get();
    return node != null && NodeSight.of(node).outOfService();
  }

  private boolean shows(Proviso proviso, Pod live) {
    return switch (proviso) {
      case Proviso.None none -> true;
      case Proviso.Loser loser -> {
        var update = client.resource(loser.update()).get();
        yield update != null
            && update.getMetadata().getUid().equals(loser.update().getMetadata().getUid())
            && Losers.loses(update, live, loser.now());
      }
      case Proviso.Stray stray -> isStray(stray.vm().getMetadata(), live);
      case Proviso.Aside aside ->
          live(aside.vm().getMetadata()).filter(vm -> Losers.isUnusedAside(vm, live)).isPresent();
    };
  }

  private Optional<VirtualMachine> live(ObjectMeta meta) {
    return Optional.ofNullable(
            client
                .resources(VirtualMachine.class)
                .inNamespace(meta.getNamespace())
                .withName(meta.getName())
                .get())
        .filter(vm -> vm.getMetadata().getUid().equals(meta.getUid()));
  }

  private boolean isStray(ObjectMeta meta, Pod live) {
    var vm = live(meta).orElse(null);
    if (vm == null) {
      return false;
    }
    var updates =
        client.resources(LiveUpdate.class).inNamespace(meta.getNamespace()).list().getItems();
    return Losers.isStray(vm, updates, live, clock.instant());
  }

  /** Gone, changed, or another pod of that name by now: its event brings us back. */
  private static void ignoreIfChanged(KubernetesClientException e, String pod) {
    if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
        && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
      throw e;
    }
    LOG.debugf("pod %s is not the one it was: %s", pod, e.getMessage());
  }
}
