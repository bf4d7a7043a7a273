package dev.moult.operator.rehearsal;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.cluster.Cluster;
import dev.moult.operator.cluster.Removal;
import dev.moult.operator.cluster.Room;
import dev.moult.operator.config.Settings;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.Budgets;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Makes each kind of call a few times when the controllers have started, about objects that do not
 * exist or are not to be stored: the first real calls are quick then.
 */
@ApplicationScoped
public class CallRehearsal {
  private static final Logger LOG = Logger.getLogger(CallRehearsal.class);

  /** In the background, so more than the start could wait for: what is played often is compiled. */
  private static final int ROUNDS = 5;

  /** No object can be called so: Moult's pods have a suffix, and VM names are shorter. */
  private static final String NOBODY = "moult-rehearsal-of-the-operator-of-which-there-is-none";

  private final KubernetesClient client;
  private final Cluster cluster;
  private final Removal removal;
  private final Caches caches;
  private final Room room;
  private final String namespace;

  /** A rehearsal of this installation's calls. */
  @Inject
  public CallRehearsal(
      KubernetesClient client,
      Cluster cluster,
      Removal removal,
      Caches caches,
      Room room,
      Settings settings) {
    this.client = client;
    this.cluster = cluster;
    this.removal = removal;
    this.caches = caches;
    this.room = room;
    this.namespace = settings.podNamespace();
  }

  /** After the operator's own start; in the background, as nobody waits for it. */
  void onStart(@Observes @Priority(Interceptor.Priority.PLATFORM_AFTER) StartupEvent event) {
    if (caches.complete()) {
      Thread.ofVirtual().name("rehearsal").start(this::play);
    }
  }

  private void play() {
    long began = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      call();
      Rehearsal.play(Scene.read());
    }
    LOG.infof("rehearsed calls in %d ms", Duration.ofNanos(System.nanoTime() - began).toMillis());
  }

  private void call() {
    var pod = nobody();
    room.fits(NOBODY, new Quantity("1"));
    attempt(
        () -> client.resources(VirtualMachine.class).inNamespace(namespace).withName(NOBODY).get());
    attempt(this::applyStatus);
    attempt(() ->
        cluster.execute(
            List.of(
                new Action.SetGuestGate(pod, true),
                new Action.ResizeCpu(pod, new Quantity("1")),
                Action.DeletePod.within(pod, Duration.ZERO, new Action.Proviso.None()))));
    attempt(() -> removal.rehearse(pod, noUpdate()));
    var scene = Scene.read();
    attempt(() -> dryRun(AnchorPods.build(scene.vm(), 100_000, Scene.IMAGES, Claims.NONE)));
    attempt(() -> dryRun(scene.update()));
    attempt(() -> dryRun(Budgets.running(scene.vm())));
  }

  private void applyStatus() {
    var object =
        Map.of(
            "apiVersion",
            ApiNames.GROUP + "/" + ApiNames.VERSION,
            "kind",
            "VirtualMachine",
            "metadata",
            Map.of("name", NOBODY, "namespace", namespace),
            "status",
            Map.of());
    client
        .resources(VirtualMachine.class)
        .inNamespace(namespace)
        .withName(NOBODY)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(ApiNames.OPERATOR_MANAGER)
                .withForce(true)
                .build(),
            Serialization.asJson(object));
  }

  /** All but stored: the API server looks at it as at a real one. */
  private <T extends HasMetadata> void dryRun(T object) {
    object.getMetadata().setNamespace(namespace);
    var unused = client.resource(object).dryRun().create();
  }

  /** That they fail is meant. */
  private static void attempt(Runnable call) {
    try {
      call.run();
    } catch (KubernetesClientException e) {
      LOG.debugf("as expected: %s", e.getMessage());
    }
  }

  private Pod nobody() {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(NOBODY)
        .withUid(NOBODY)
        .withResourceVersion("1")
        .endMetadata()
        .build();
  }

  private LiveUpdate noUpdate() {
    var update = new LiveUpdate();
    update.setMetadata(nobody().getMetadata());
    return update;
  }
}
