package dev.moult.operator.rehearsal;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.allowance.Allowance;
import dev.moult.operator.cluster.Slim;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.network.Attachments;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.update.UpdateRehearsal;
import dev.moult.operator.update.UpdateSeen;
import dev.moult.operator.vm.Planner;
import dev.moult.operator.vm.Seen;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Plans a life that never was, a few times over, before the controllers start. */
@ApplicationScoped
public class Rehearsal {
  private static final Logger LOG = Logger.getLogger(Rehearsal.class);
  private static final int ROUNDS = 3;
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:03Z");

  /** Before the operator's own start, which listens with a later priority. */
  void onStart(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
    long began = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      play(Scene.read());
    }
    LOG.infof("rehearsed in %d ms", Duration.ofNanos(System.nanoTime() - began).toMillis());
  }

  static void play(Scene scene) {
    var vm = scene.vm();
    var update = scene.update();
    var anchor = placed(AnchorPods.build(vm, 100_000, Scene.IMAGES, Claims.NONE), "anchor");
    var old = placed(vmm(vm, 1, Optional.empty()), "old");
    var fresh = placed(vmm(vm, 2, Optional.of("update")), "new");
    var all = List.of(anchor, old, fresh);
    planVm(vm, all, List.of());
    planVm(vm, all, List.of(update));
    UpdateRehearsal.plan(seen(update, vm, all), NOW);
    UpdateRehearsal.plan(seen(update, vm, List.of(anchor, fresh)), NOW);
    update.setStatus(null);
    UpdateRehearsal.plan(seen(update, vm, List.of(anchor, old)), NOW);
    vm.setStatus(null);
    planVm(vm, List.of(), List.of());
    planVm(vm, List.of(anchor), List.of());
  }

  private static void planVm(VirtualMachine vm, List<Pod> pods, List<LiveUpdate> updates) {
    var plan =
        Planner.plan(
            new Seen(
                vm,
                pods,
                updates,
                NodeSight.USUAL,
                100_000,
                Scene.IMAGES,
                Allowance.UNLIMITED,
                Claims.NONE,
                Attachments.NONE,
                Duration.ofHours(1)),
            NOW);
    Serialization.asJson(plan.status());
  }

  private static UpdateSeen seen(LiveUpdate update, VirtualMachine vm, List<Pod> pods) {
    return new UpdateSeen(
        update,
        Optional.of(vm),
        pods,
        NodeSight.USUAL,
        false,
        true,
        Optional.empty(),
        Optional.empty(),
        Scene.IMAGES);
  }

  private static Pod vmm(VirtualMachine vm, int revision, Optional<String> updateUid) {
    return VmmPods.build(
        vm,
        new VmmPods.Order(100_000, "none", revision, "new", new Quantity("1"), updateUid),
        Scene.IMAGES);
  }

  /** As it would come back from the API server and be cached. */
  private static Pod placed(Pod pod, String uid) {
    var read = Serialization.unmarshal(Serialization.asJson(pod), Pod.class);
    read.getMetadata().setUid(uid);
    read.getSpec().setNodeName("none");
    return Slim.pod(read);
  }
}
