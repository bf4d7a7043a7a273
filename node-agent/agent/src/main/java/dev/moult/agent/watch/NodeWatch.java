package dev.moult.agent.watch;

import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.run.VmSignal;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Watches what is this node's. A custom resource that leaves the selection (its status.nodeName
 * changed) is reported as deleted: so that says nothing about the guest, only that it is not wished
 * here.
 */
public final class NodeWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(NodeWatch.class);

  private final SharedIndexInformer<Pod> pods;
  private final SharedIndexInformer<VirtualMachine> vms;
  private final SharedIndexInformer<LiveUpdate> updates;
  private final VmDirectory directory;
  // LiveUpdates name their VM; by namespace and name, the uid of the VM.
  private final Map<String, String> vmUids = new ConcurrentHashMap<>();

  /** Prepares the informers; {@link #start} begins. */
  public NodeWatch(KubernetesClient client, String nodeName, VmDirectory directory) {
    this.directory = directory;
    pods =
        client
            .pods()
            .inAnyNamespace()
            .withLabelIn(ApiNames.ROLE_LABEL, ApiNames.ROLE_ANCHOR, ApiNames.ROLE_VMM)
            .withField("spec.nodeName", nodeName)
            .runnableInformer(0);
    vms =
        client
            .resources(VirtualMachine.class)
            .inAnyNamespace()
            .withField("status.nodeName", nodeName)
            .runnableInformer(0);
    updates =
        client
            .resources(LiveUpdate.class)
            .inAnyNamespace()
            .withField("status.nodeName", nodeName)
            .runnableInformer(0);
    prepare(pods, this::seen, this::gone);
    prepare(vms, this::seen, this::gone);
    prepare(updates, this::seen, this::gone);
  }

  static <T extends HasMetadata> void prepare(
      SharedIndexInformer<T> informer, Consumer<T> seen, Consumer<T> gone) {
    informer.itemStore(new SlimItemStore<>());
    informer.exceptionHandler((started, problem) -> {
      LOG.warnf("watch broken, beginning again: %s", problem.getMessage());
      return true;
    });
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(T object) {
            seen.accept(object);
          }

          @Override
          public void onUpdate(T before, T now) {
            seen.accept(now);
          }

          @Override
          public void onDelete(T object, boolean unknownFinalState) {
            gone.accept(object);
          }
        });
  }

  /** Begins; completed when everything was listed once and the VMs know. */
  public CompletableFuture<Void> start() {
    return CompletableFuture.allOf(
            vms.start().toCompletableFuture(), pods.start().toCompletableFuture())
        .thenCompose(unused -> updates.start())
        .thenRun(this::listed);
  }

  /** Whether all watches stand. */
  public boolean isWatching() {
    return pods.isWatching() && vms.isWatching() && updates.isWatching();
  }

  private void listed() {
    Set<String> podUids = uids(pods.getStore().list());
    directory.listed(new VmSignal.Listed(podUids, uids(updates.getStore().list())));
  }

  private static Set<String> uids(List<? extends HasMetadata> objects) {
    Set<String> uids = new HashSet<>();
    objects.forEach(object -> uids.add(object.getMetadata().getUid()));
    return uids;
  }

  private void seen(Pod pod) {
    PodView.of(pod).ifPresent(view -> directory.post(view.vmUid(), new VmSignal.PodSeen(view)));
  }

  private void gone(Pod pod) {
    PodView.of(pod)
        .ifPresent(view -> directory.postIfKnown(view.vmUid(), new VmSignal.PodGone(view.uid())));
  }

  private void seen(VirtualMachine vm) {
    String uid = vm.getMetadata().getUid();
    vmUids.put(key(vm, vm.getMetadata().getName()), uid);
    directory.post(uid, new VmSignal.Wished(vm));
    for (LiveUpdate update : updates.getStore().list()) {
      if (key(update, update.getSpec().virtualMachine())
          .equals(key(vm, vm.getMetadata().getName()))) {
        directory.post(uid, new VmSignal.UpdateSeen(update));
      }
    }
  }

  private void gone(VirtualMachine vm) {
    vmUids.remove(key(vm, vm.getMetadata().getName()), vm.getMetadata().getUid());
    directory.postIfKnown(vm.getMetadata().getUid(), new VmSignal.Unwished());
  }

  private void seen(LiveUpdate update) {
    String uid = vmUids.get(key(update, update.getSpec().virtualMachine()));
    if (uid != null) {
      directory.post(uid, new VmSignal.UpdateSeen(update));
    }
  }

  private void gone(LiveUpdate update) {
    String uid = vmUids.get(key(update, update.getSpec().virtualMachine()));
    if (uid != null) {
      directory.postIfKnown(uid, new VmSignal.UpdateGone(update.getMetadata().getUid()));
    }
  }

  private static String key(HasMetadata object, String vmName) {
    return object.getMetadata().getNamespace() + "/" + vmName;
  }

  @Override
  public void close() {
    pods.stop();
    vms.stop();
    updates.stop();
  }
}
