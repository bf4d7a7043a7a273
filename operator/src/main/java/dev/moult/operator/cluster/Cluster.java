package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.operator.cluster.Action.Outcome;
import dev.moult.operator.cluster.Action.Reply;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.pod.PodNames;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Carries out the actions of a plan, one by one; each is safe to repeat. */
@ApplicationScoped
public class Cluster {
  private static final Logger LOG = Logger.getLogger(Cluster.class);

  private final KubernetesClient client;
  private final Writes writes;
  private final NewPods newPods;
  private final Brakes brakes;
  private final Removal removal;
  private final Clock clock;

  /** Acts by this client. */
  @Inject
  public Cluster(
      KubernetesClient client,
      Writes writes,
      NewPods newPods,
      Brakes brakes,
      Removal removal,
      Clock clock) {
    this.client = client;
    this.writes = writes;
    this.newPods = newPods;
    this.brakes = brakes;
    this.removal = removal;
    this.clock = clock;
  }

  /**
   * Carries out actions in order, up to the first that the API server does not let be done.
   *
   * @throws KubernetesClientException for what another try may mend
   */
  public Outcome execute(List<Action> actions) {
    var braked = false;
    Reply reply = new Reply.Known();
    for (var action : actions) {
      Optional<Trouble> trouble =
          switch (action) {
            case Action.ApplyBudget budget -> apply(budget);
            case Action.CreatePod create -> newPods.create(create.pod());
            case Action.HoldBack hold -> Optional.of(hold.trouble());
            case Action.DeletePod delete -> {
              removal.delete(delete);
              yield Optional.empty();
            }
            case Action.ReleasePod release -> {
              removal.release(release);
              yield Optional.empty();
            }
            case Action.SetGuestGate gate -> setGate(gate);
            case Action.Relabel relabel -> relabel(relabel);
            case Action.ResizeCpu resize -> resize(resize);
            case Action.CreateUpdate update -> {
              braked = !create(update);
              yield Optional.empty();
            }
            case Action.DeleteUpdate update -> delete(update);
            case Action.AskForRoom ask -> {
              reply = newPods.ask(ask);
              yield Optional.empty();
            }
          };
      if (trouble.isPresent()) {
        return new Outcome(trouble, braked, reply);
      }
    }
    return new Outcome(Optional.empty(), braked, reply);
  }

  private Optional<Trouble> apply(Action.ApplyBudget action) {
    var budget = action.budget();
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(ApiNames.OPERATOR_MANAGER)
            .withForce(true)
            .build();
    try {
      writes.call(() ->
          client
              .policy()
              .v1()
              .podDisruptionBudget()
              .inNamespace(budget.getMetadata().getNamespace())
              .resource(budget)
              .patch(context));
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      return Optional.of(NewPods.refused(e)); // a quota, or the namespace is going
    }
  }

  private Optional<Trouble> setGate(Action.SetGuestGate action) {
    var meta = action.anchor().getMetadata();
    var condition = new HashMap<String, Object>();
    condition.put("type", ApiNames.GUEST_READINESS_GATE);
    condition.put("status", action.running() ? "True" : "False");
    condition.put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    patch(
        meta.getNamespace(),
        meta.getName(),
        "status",
        PatchType.STRATEGIC_MERGE,
        Map.of(
            "metadata", Map.of("uid", meta.getUid()),
            "status", Map.of("conditions", List.of(condition))));
    return Optional.empty();
  }

  private Optional<Trouble> relabel(Action.Relabel action) {
    var meta = action.anchor().getMetadata();
    patch(
        meta.getNamespace(),
        meta.getName(),
        null,
        PatchType.JSON_MERGE,
        Map.of(
            "metadata",
            Map.of(
                "uid", meta.getUid(),
                "labels", action.change().labels(),
                "annotations", action.change().annotations())));
    return Optional.empty();
  }

  private Optional<Trouble> resize(Action.ResizeCpu action) {
    var meta = action.pod().getMetadata();
    var container =
        Map.of(
            "name",
            PodNames.VMM_CONTAINER,
            "resources",
            Map.of("requests", Map.of("cpu", action.cpu().toString())));
    try {
      patch(
          meta.getNamespace(),
          meta.getName(),
          "resize",
          PatchType.STRATEGIC_MERGE,
          Map.of(
              "metadata", Map.of("uid", meta.getUid()),
              "spec", Map.of("containers", List.of(container))));
      LOG.infof("asked for %s of CPU for pod %s", action.cpu(), meta.getName());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      // A quota without room for both: the old pod goes first, the next look asks again.
      LOG.warnf("resize of pod %s is refused for now: %s", meta.getName(), NewPods.told(e));
    }
    return Optional.empty();
  }

  private void patch(
      String namespace, String name, @Nullable String subresource, PatchType type, Object body) {
    var pod = client.pods().inNamespace(namespace).withName(name);
    var json = Serialization.asJson(body);
    var context = PatchContext.of(type);
    try {
      writes.call(() ->
          subresource == null
              ? pod.patch(context, json)
              : pod.subresource(subresource).patch(context, json));
    } catch (KubernetesClientException e) {
      ignoreIfChanged(e, name);
    }
  }

  /** Gone, changed, or another pod of that name by now: its event brings us back. */
  private static void ignoreIfChanged(KubernetesClientException e, String pod) {
    if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
        && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
      throw e;
    }
    LOG.debugf("pod %s is not the one it was: %s", pod, e.getMessage());
  }

  private boolean create(Action.CreateUpdate action) {
    var meta = action.update().getMetadata();
    var vm = new ResourceID(action.update().getSpec().virtualMachine(), meta.getNamespace());
    if (!brakes.pass(vm, action.node())) {
      return false;
    }
    var created = writes.call(() -> client.resource(action.update()).create());
    brakes.created(vm, created.getMetadata().getUid());
    LOG.infof("created LiveUpdate %s/%s", meta.getNamespace(), created.getMetadata().getName());
    return true;
  }

  /** The caches have this LiveUpdate. */
  public void seen(LiveUpdate update) {
    brakes.seen(update.getMetadata().getUid());
  }

  private Optional<Trouble> delete(Action.DeleteUpdate action) {
    writes.call(() -> client.resource(action.update()).delete());
    return Optional.empty();
  }
}
