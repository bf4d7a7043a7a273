package dev.moult.operator.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The container beside an anchor that copies guest memory to and from the user's claims. It is one
 * of its own, as the anchor's container is one idle process that holds the guest's descriptors.
 *
 * @param suspendClaim where a suspended guest is put; null without one
 * @param sourceClaim what a guest's memory begins with; null without one
 */
record MemoryCopier(@Nullable String suspendClaim, @Nullable String sourceClaim) {
  /** Name of the container. Also in the chart's policy for the operator's pods. */
  static final String CONTAINER = "memory";

  /** Volume and directory, beneath /volumes, of a suspended guest. */
  static final String SUSPEND_VOLUME = "suspend";

  /** Volume and directory, beneath /volumes, of what memory begins with. */
  static final String SOURCE_VOLUME = "memory-source";

  /** The container; none when no claim is named. */
  List<Container> containers(PodImages images) {
    return isWanted() ? List.of(container(images)) : List.of();
  }

  /** Its volumes. */
  List<Volume> volumes() {
    var volumes = new ArrayList<Volume>();
    if (suspendClaim != null) {
      volumes.add(volume(SUSPEND_VOLUME, suspendClaim, false));
    }
    if (sourceClaim != null) {
      volumes.add(volume(SOURCE_VOLUME, sourceClaim, true));
    }
    return volumes;
  }

  private boolean isWanted() {
    return suspendClaim != null || sourceClaim != null;
  }

  /**
   * No limit of memory: what it reads and writes is the kernel's page cache, which a limit would
   * make it wait for.
   */
  private Container container(PodImages images) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(images.launcher())
        .withImagePullPolicy(images.pullPolicy())
        .withCommand("/opt/moult/launcher/runtime/bin/java", "@/opt/moult/launcher/memory.args")
        .withNewResources()
        .addToRequests("cpu", new Quantity("10m"))
        .addToRequests("memory", new Quantity("64Mi"))
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .withVolumeMounts(mounts())
        .build();
  }

  private List<VolumeMount> mounts() {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(PodCommon.socketMount());
    if (suspendClaim != null) {
      mounts.add(mount(SUSPEND_VOLUME, false));
    }
    if (sourceClaim != null) {
      mounts.add(mount(SOURCE_VOLUME, true));
    }
    return mounts;
  }

  private static Volume volume(String name, String claim, boolean readOnly) {
    return new VolumeBuilder()
        .withName(name)
        .withNewPersistentVolumeClaim()
        .withClaimName(claim)
        .withReadOnly(readOnly ? true : null)
        .endPersistentVolumeClaim()
        .build();
  }

  private static VolumeMount mount(String name, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(name)
        .withMountPath("/volumes/" + name)
        .withReadOnly(readOnly ? true : null)
        .build();
  }
}
