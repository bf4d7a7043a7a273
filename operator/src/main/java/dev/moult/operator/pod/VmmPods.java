package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VmmStatus;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds VMM pods: one QEMU each, with nothing but borrowed descriptors. */
public final class VmmPods {
  /** CPU of a VMM that does not fit beside the old one until that is gone. */
  public static final Quantity TINY_CPU = new Quantity("10m");

  /** QEMU's own memory; the guest's is charged to the anchor. */
  public static final Quantity MEMORY = new Quantity("192Mi");

  /** CPU that is asked for each processor of a guest that names no request, in millicores. */
  private static final int DEFAULT_MILLICORES_PER_CORE = 100;

  private VmmPods() {}

  /**
   * One VMM pod to build.
   *
   * @param uid Unix uid of the virtual machine's pods
   * @param node the anchor's node
   * @param revision counted from 1 in each run
   * @param image the VMM's image
   * @param cpu what the scheduler counts
   * @param updateUid uid of the LiveUpdate that it is made for; empty for the first of a run
   */
  public record Order(
      int uid, String node, int revision, String image, Quantity cpu, Optional<String> updateUid) {}

  /** The pod that an order describes. */
  public static Pod build(VirtualMachine vm, Order order, PodImages images) {
    var labels = PodCommon.labels(vm, ApiNames.ROLE_VMM);
    labels.put(ApiNames.REVISION_LABEL, Integer.toString(order.revision()));
    order.updateUid().ifPresent(uid -> labels.put(ApiNames.UPDATE_UID_LABEL, uid));
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(vm.getMetadata().getNamespace())
        .withName(PodNames.vmm(vm.getMetadata().getName(), order.revision()))
        .withLabels(labels)
        .withAnnotations(PodCommon.annotations(order.uid()))
        .withOwnerReferences(PodCommon.owner(vm))
        .withFinalizers(ApiNames.POD_FINALIZER)
        .endMetadata()
        .withSpec(
            PodCommon.spec(vm, order.uid())
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(
                    vm.getSpec().terminationGracePeriodSeconds().longValue())
                .withAffinity(onNode(order.node()))
                .withTolerations(tolerations(vm))
                .addToContainers(container(order, images))
                .addToVolumes(PodCommon.socketVolume())
                .addToVolumes(
                    PodCommon.imageVolume("launcher", images.launcher(), images.pullPolicy()))
                .build())
        .build();
  }

  /** The revision that follows all that there are: a name is not used twice in a run. */
  public static int nextRevision(@Nullable VirtualMachineStatus status, List<Pod> pods) {
    var current =
        Optional.ofNullable(status)
            .map(VirtualMachineStatus::vmm)
            .map(VmmStatus::revision)
            .orElse(0);
    var highest = pods.stream().mapToInt(PodFacts::revision).max().orElse(0);
    return Math.max(current, highest) + 1;
  }

  /** What the scheduler counts for the guest's processors. */
  public static Quantity cpuRequest(VirtualMachine vm) {
    var request = vm.getSpec().cpu().request();
    return request != null
        ? request
        : new Quantity(vm.getSpec().cpu().cores() * DEFAULT_MILLICORES_PER_CORE + "m");
  }

  /** The image that the spec asks for, the installation's default filled in. */
  public static String desiredImage(VirtualMachine vm, PodImages images) {
    var image = vm.getSpec().vmm().image();
    return image != null ? image : images.defaultVmm();
  }

  private static Container container(Order order, PodImages images) {
    return new ContainerBuilder()
        .withName(PodNames.VMM_CONTAINER)
        .withImage(order.image())
        .withImagePullPolicy(images.pullPolicy())
        .withCommand(
            "/moult/opt/moult/launcher/runtime/bin/java", "@/moult/opt/moult/launcher/vmm.args")
        .withNewResources()
        .addToRequests("cpu", order.cpu())
        .addToRequests("memory", MEMORY)
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .withVolumeMounts(
            PodCommon.socketMount(),
            new VolumeMountBuilder()
                .withName("launcher")
                .withMountPath("/moult")
                .withReadOnly(true)
                .build())
        .build();
  }

  /**
   * By affinity, not by {@code nodeName}: that skips the scheduler and fails on a full node. The
   * node's name is a field; its label of that name may differ.
   */
  private static Affinity onNode(String node) {
    return new AffinityBuilder()
        .withNewNodeAffinity()
        .withNewRequiredDuringSchedulingIgnoredDuringExecution()
        .addNewNodeSelectorTerm()
        .addNewMatchField()
        .withKey("metadata.name")
        .withOperator("In")
        .withValues(node)
        .endMatchField()
        .endNodeSelectorTerm()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endNodeAffinity()
        .build();
  }

  /** The guest is on the node already: a cordon or the anchor's tolerated taints do not count. */
  private static List<Toleration> tolerations(VirtualMachine vm) {
    var tolerations = new ArrayList<>(PodCommon.tolerations(vm));
    tolerations.add(PodCommon.tolerated("node.kubernetes.io/unschedulable", "NoSchedule"));
    return tolerations;
  }
}
