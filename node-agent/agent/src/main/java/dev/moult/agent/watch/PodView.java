package dev.moult.agent.watch;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.wire.Role;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A pod of a VM, as far as the agent needs it.
 *
 * @param uid the pod's
 * @param name the pod's
 * @param namespace the pod's
 * @param vmName the VirtualMachine's name
 * @param vmUid the VirtualMachine's uid
 * @param role anchor or VMM
 * @param updateUid the LiveUpdate whose new VMM it is; null otherwise
 * @param unixUid the uid it runs as
 * @param deletedAt when it is to be gone at the latest; null if nobody deleted it
 * @param graceSeconds how long it may take for that; 0 if nobody deleted it
 * @param over the kubelet says that it has ended
 * @param waiting why its container does not start, as the kubelet says; null if it does
 * @param volumes what it says of its claims
 * @param guestIsUp the kubelet says that the guest's startup probe has succeeded, or that it has
 *     none
 */
public record PodView(
    String uid,
    String name,
    String namespace,
    String vmName,
    String vmUid,
    Role role,
    @Nullable String updateUid,
    int unixUid,
    @Nullable Instant deletedAt,
    long graceSeconds,
    boolean over,
    @Nullable Waiting waiting,
    PodVolumes volumes,
    boolean guestIsUp) {

  /** A pod without claims. */
  public PodView(
      String uid,
      String name,
      String namespace,
      String vmName,
      String vmUid,
      Role role,
      @Nullable String updateUid,
      int unixUid,
      @Nullable Instant deletedAt,
      long graceSeconds,
      boolean over,
      @Nullable Waiting waiting) {
    this(
        uid,
        name,
        namespace,
        vmName,
        vmUid,
        role,
        updateUid,
        unixUid,
        deletedAt,
        graceSeconds,
        over,
        waiting,
        PodVolumes.none(),
        false);
  }

  /**
   * Why a container does not start.
   *
   * @param reason the kubelet's word, such as {@code ImagePullBackOff}
   * @param message its sentence; may be empty
   */
  public record Waiting(String reason, String message) {}

  /** Whether it is to be removed. */
  public boolean deleting() {
    return deletedAt != null;
  }

  /**
   * The view of a pod; empty when it is not a VM's. Anybody who may create pods can write labels:
   * its name and its owner must say the same. Whether it is in the VM's namespace, which an owner
   * of the same uid elsewhere is not, is for whoever knows the VM to say.
   */
  public static Optional<PodView> of(Pod pod) {
    Map<String, String> labels = pod.getMetadata().getLabels();
    if (labels == null) {
      return Optional.empty();
    }
    String vmUid = labels.get(ApiNames.VM_UID_LABEL);
    String vmName = labels.get(ApiNames.VM_LABEL);
    Role role = role(labels.get(ApiNames.ROLE_LABEL));
    if (vmUid == null || vmName == null || role == null || !isUid(vmUid)) {
      return Optional.empty();
    }
    if (!isNamed(pod.getMetadata().getName(), vmName, role) || !isOwned(pod, vmName, vmUid)) {
      return Optional.empty();
    }
    String deletion = pod.getMetadata().getDeletionTimestamp();
    Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
    String phase = pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
    return Optional.of(
        new PodView(
            pod.getMetadata().getUid(),
            pod.getMetadata().getName(),
            pod.getMetadata().getNamespace(),
            vmName,
            vmUid,
            role,
            labels.get(ApiNames.UPDATE_UID_LABEL),
            unixUid(pod),
            deletion == null ? null : OffsetDateTime.parse(deletion).toInstant(),
            grace == null ? 0 : grace,
            phase.equals("Failed") || phase.equals("Succeeded"),
            waiting(pod),
            PodVolumes.of(pod),
            guestIsUp(pod)));
  }

  private static boolean isNamed(String name, String vmName, Role role) {
    return switch (role) {
      case ANCHOR -> name.equals(vmName + ApiNames.ANCHOR_POD_SUFFIX);
      case VMM -> {
        String prefix = vmName + ApiNames.VMM_POD_INFIX;
        yield name.startsWith(prefix) && name.substring(prefix.length()).matches("[0-9]{1,9}");
      }
      case MEMORY -> false; // a container's, no pod's
    };
  }

  private static boolean isOwned(Pod pod, String vmName, String vmUid) {
    List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
    return owners != null
        && owners.stream()
            .anyMatch(owner ->
                Boolean.TRUE.equals(owner.getController())
                    && owner.getKind().equals(HasMetadata.getKind(VirtualMachine.class))
                    && owner
                        .getApiVersion()
                        .startsWith(HasMetadata.getGroup(VirtualMachine.class) + "/")
                    && owner.getName().equals(vmName)
                    && owner.getUid().equals(vmUid));
  }

  private static boolean isUid(String text) {
    return text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  }

  private static @Nullable Role role(@Nullable String label) {
    if (ApiNames.ROLE_ANCHOR.equals(label)) {
      return Role.ANCHOR;
    }
    return ApiNames.ROLE_VMM.equals(label) ? Role.VMM : null;
  }

  private static int unixUid(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String uid = annotations == null ? null : annotations.get(ApiNames.UNIX_UID_ANNOTATION);
    try {
      return uid == null ? 0 : Integer.parseInt(uid);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static boolean guestIsUp(Pod pod) {
    return containers(pod).stream()
        .filter(container -> container.getName().equals(ApiNames.PROBES_CONTAINER))
        .anyMatch(container -> Boolean.TRUE.equals(container.getStarted()));
  }

  private static List<ContainerStatus> containers(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
        ? List.of()
        : pod.getStatus().getContainerStatuses();
  }

  private static @Nullable Waiting waiting(Pod pod) {
    for (ContainerStatus container : containers(pod)) {
      ContainerStateWaiting waiting =
          container.getState() == null ? null : container.getState().getWaiting();
      if (waiting != null && waiting.getReason() != null) {
        String message = waiting.getMessage();
        return new Waiting(waiting.getReason(), message == null ? "" : message);
      }
    }
    return null;
  }
}
