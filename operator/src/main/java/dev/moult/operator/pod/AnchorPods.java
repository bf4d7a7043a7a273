package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.PortSpec;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds the anchor: the pod that holds a run's address, memory and console. */
public final class AnchorPods {
  /**
   * What the anchor needs beside the guest's memory: one idle process, page tables of the memfd.
   */
  private static final BigDecimal OVERHEAD_BYTES = BigDecimal.valueOf(64L << 20);

  /**
   * The anchor outlives a VMM that has its whole grace period, should somebody delete it: the
   * operator then stops the guest, and takes the anchor down itself.
   */
  private static final long GRACE_BEYOND_VMM_SECONDS = 30;

  private AnchorPods() {}

  /**
   * The anchor of a new run.
   *
   * @param uid Unix uid of the virtual machine's pods
   * @param images images of the installation
   */
  public static Pod build(VirtualMachine vm, int uid, PodImages images) {
    var spec = vm.getSpec();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(vm.getMetadata().getNamespace())
        .withName(PodNames.anchor(vm.getMetadata().getName()))
        .withLabels(labels(vm))
        .withAnnotations(annotations(vm, uid, images))
        .withOwnerReferences(PodCommon.owner(vm))
        .withFinalizers(ApiNames.POD_FINALIZER)
        .endMetadata()
        .withSpec(
            PodCommon.spec(vm, uid)
                .withRestartPolicy("Always")
                .withTerminationGracePeriodSeconds(
                    spec.terminationGracePeriodSeconds() + GRACE_BEYOND_VMM_SECONDS)
                .withNodeSelector(spec.nodeSelector())
                .withTolerations(PodCommon.tolerations(vm))
                .withAffinity(spec.affinity())
                .withTopologySpreadConstraints(spec.topologySpreadConstraints())
                .addNewReadinessGate(ApiNames.GUEST_READINESS_GATE)
                .addToContainers(container(vm, images))
                .addToVolumes(PodCommon.socketVolume())
                .addToVolumes(
                    PodCommon.imageVolume(
                        "boot", spec.boot().kernel().image(), images.pullPolicy()))
                .build())
        .build();
  }

  /** Labels of the anchor: the user's, over which Moult's own always win. */
  public static Map<String, String> labels(VirtualMachine vm) {
    var labels = new TreeMap<String, String>();
    var wished = vm.getSpec().podMetadata();
    if (wished != null) {
      labels.putAll(wished.labels());
    }
    labels.putAll(PodCommon.labels(vm, ApiNames.ROLE_ANCHOR));
    return labels;
  }

  private static Map<String, String> annotations(VirtualMachine vm, int uid, PodImages images) {
    var annotations = new TreeMap<String, String>();
    var wished = vm.getSpec().podMetadata();
    if (wished != null) {
      annotations.putAll(wished.annotations());
    }
    annotations.put(PodNames.USER_METADATA, UserMetadata.of(vm).json());
    annotations.putAll(PodCommon.annotations(uid));
    annotations.put(PodNames.RUN_SPEC, RunSpec.of(vm.getSpec()).json());
    annotations.put(PodNames.BUILD, RunSpec.buildDigest(vm.getSpec(), images));
    return annotations;
  }

  private static Container container(VirtualMachine vm, PodImages images) {
    return new ContainerBuilder()
        .withName(PodNames.ANCHOR_CONTAINER)
        .withImage(images.launcher())
        .withImagePullPolicy(images.pullPolicy())
        .withCommand("/opt/moult/launcher/runtime/bin/java", "@/opt/moult/launcher/anchor.args")
        .withStdin(true)
        .withTty(true)
        .withPorts(ports(vm))
        .withNewResources()
        .addToRequests("cpu", new Quantity("1m"))
        .addToRequests("memory", memoryRequest(vm))
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .withVolumeMounts(
            PodCommon.socketMount(),
            new VolumeMountBuilder()
                .withName("boot")
                .withMountPath("/volumes/boot")
                .withReadOnly(true)
                .build())
        .build();
  }

  /** The guest's memory is charged here, whole, from the start. In bytes. */
  private static Quantity memoryRequest(VirtualMachine vm) {
    var guest = Quantity.getAmountInBytes(vm.getSpec().memory().size());
    return new Quantity(guest.add(OVERHEAD_BYTES).toBigInteger().toString());
  }

  private static List<ContainerPort> ports(VirtualMachine vm) {
    return vm.getSpec().networks().stream()
        .flatMap(network -> network.ports().stream())
        .map(AnchorPods::port)
        .toList();
  }

  private static ContainerPort port(PortSpec port) {
    return new ContainerPortBuilder()
        .withName(port.name())
        .withContainerPort(port.port())
        .withProtocol(port.protocol().name())
        .build();
  }
}
