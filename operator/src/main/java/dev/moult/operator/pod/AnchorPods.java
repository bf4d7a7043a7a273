package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.MemorySpec;
import dev.moult.api.v1alpha1.PortSpec;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.disk.DiskVolumes;
import dev.moult.operator.network.Attachment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

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

  private static final String BOOT_VOLUME = "boot";

  private AnchorPods() {}

  /**
   * The anchor of a new run.
   *
   * @param uid Unix uid of the virtual machine's pods
   * @param images images of the installation
   * @param claims what is known of the claims that its disks name
   */
  public static Pod build(VirtualMachine vm, int uid, PodImages images, Claims claims) {
    var spec = vm.getSpec();
    var disks = DiskVolumes.of(spec, claims, images.pullPolicy());
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(vm.getMetadata().getNamespace())
        .withName(PodNames.anchor(vm.getMetadata().getName()))
        .withLabels(labels(vm))
        .withAnnotations(annotations(vm, uid, images, disks))
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
                .editSecurityContext()
                // A volume with millions of files is walked once, not at every start.
                .withFsGroupChangePolicy("OnRootMismatch")
                .withSysctls(GuestDhcp.sysctls(spec))
                .endSecurityContext()
                .addAllToInitContainers(GuestDhcp.containers(spec, images))
                .addToContainers(container(vm, images, disks))
                .addAllToContainers(GuestProbes.containers(spec, images))
                .addToVolumes(PodCommon.socketVolume())
                .addAllToVolumes(boot(spec, images))
                .addAllToVolumes(disks.volumes())
                .build())
        .build();
  }

  /** The request for a restart that an anchor's run was begun with. */
  public static Optional<Instant> restartRequest(Pod anchor) {
    return Optional.ofNullable(anchor.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(PodNames.RESTART_REQUEST))
        .flatMap(AnchorPods::instant);
  }

  /** What somebody made unreadable is as if nothing had been asked for. */
  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException notOurs) {
      return Optional.empty();
    }
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

  private static List<Volume> boot(VirtualMachineSpec spec, PodImages images) {
    return Stream.ofNullable(spec.boot().kernel())
        .map(kernel -> PodCommon.imageVolume(BOOT_VOLUME, kernel.image(), images.pullPolicy()))
        .toList();
  }

  private static Map<String, String> annotations(
      VirtualMachine vm, int uid, PodImages images, DiskVolumes disks) {
    var wished = UserMetadata.of(vm);
    var annotations = new TreeMap<String, String>(wished.annotations());
    annotations.put(PodNames.USER_METADATA, wished.json());
    annotations.putAll(PodCommon.annotations(uid));
    annotations.put(PodNames.RUN_SPEC, RunSpec.of(vm.getSpec()).json());
    annotations.put(PodNames.BUILD, RunSpec.buildDigest(vm.getSpec(), images));
    // The guest's console is what kubectl shows, whatever runs beside it.
    annotations.put("kubectl.kubernetes.io/default-container", PodNames.ANCHOR_CONTAINER);
    var attachments = Attachment.of(vm);
    if (!attachments.isEmpty()) {
      annotations.put(ApiNames.NETWORKS_ANNOTATION, networks(attachments));
    }
    var restart = vm.getSpec().restartRequestedAt();
    if (restart != null) {
      annotations.put(PodNames.RESTART_REQUEST, restart.toString());
    }
    if (!disks.sizes().isEmpty()) {
      annotations.put(ApiNames.DISK_SIZES_ANNOTATION, Serialization.asJson(disks.sizes()));
    }
    return annotations;
  }

  /** As the Network Plumbing Working Group's standard has it, which Multus follows. */
  private static String networks(List<Attachment> attachments) {
    return Serialization.asJson(
        attachments.stream()
            .map(attachment ->
                new TreeMap<>(
                    Map.of(
                        "name", attachment.definition().name(),
                        "namespace", attachment.definition().namespace(),
                        "interface", attachment.link())))
            .toList());
  }

  private static Container container(VirtualMachine vm, PodImages images, DiskVolumes disks) {
    return new ContainerBuilder()
        .withName(PodNames.ANCHOR_CONTAINER)
        .withImage(images.launcher())
        .withImagePullPolicy(images.pullPolicy())
        .withCommand("/opt/moult/launcher/runtime/bin/java", "@/opt/moult/launcher/anchor.args")
        .withStdin(true)
        .withTty(true)
        .withPorts(ports(vm))
        .withResources(resources(vm.getSpec().memory()))
        .withSecurityContext(PodCommon.containerSecurity())
        .withVolumeMounts(mounts(vm.getSpec(), disks))
        .withVolumeDevices(disks.devices())
        .build();
  }

  private static List<VolumeMount> mounts(VirtualMachineSpec spec, DiskVolumes disks) {
    var boot =
        new VolumeMountBuilder()
            .withName(BOOT_VOLUME)
            .withMountPath("/volumes/" + BOOT_VOLUME)
            .withReadOnly(true)
            .build();
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(PodCommon.socketMount());
    Stream.ofNullable(spec.boot().kernel()).forEach(kernel -> mounts.add(boot));
    mounts.addAll(disks.mounts());
    return mounts;
  }

  /**
   * The guest's memory is charged here, whole, from the start: what this container's launcher
   * allocates, a QEMU that maps it is not charged for. In bytes. Huge pages are requested as such,
   * and need a limit, which must be the same.
   */
  private static ResourceRequirements resources(MemorySpec memory) {
    var guest = Quantity.getAmountInBytes(memory.size());
    var ordinary = memory.hugePageSize() == null ? guest.add(OVERHEAD_BYTES) : OVERHEAD_BYTES;
    var resources =
        new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity("1m"))
            .addToRequests("memory", bytes(ordinary));
    if (memory.hugePageSize() != null) {
      var name = "hugepages-" + memory.hugePageSize().word();
      resources.addToRequests(name, bytes(guest)).addToLimits(name, bytes(guest));
    }
    return resources.build();
  }

  private static Quantity bytes(BigDecimal amount) {
    return new Quantity(amount.toBigInteger().toString());
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
