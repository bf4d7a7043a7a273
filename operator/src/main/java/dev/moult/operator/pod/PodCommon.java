package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What anchor and VMM pods have in common: owner, marks, rights, meeting directory. */
final class PodCommon {
  private static final String SOCKET_VOLUME = "moult";

  private PodCommon() {}

  /** Labels by which agents and caches find the pods of a virtual machine. */
  static Map<String, String> labels(VirtualMachine vm, String role) {
    return new TreeMap<>(
        Map.of(
            ApiNames.VM_LABEL, vm.getMetadata().getName(),
            ApiNames.VM_UID_LABEL, vm.getMetadata().getUid(),
            ApiNames.ROLE_LABEL, role));
  }

  /**
   * Annotations that keep autoscalers and deschedulers from moving the pods and service meshes from
   * putting a second container beside QEMU.
   */
  static Map<String, String> annotations(int uid) {
    return new TreeMap<>(
        Map.of(
            ApiNames.UNIX_UID_ANNOTATION,
            Integer.toString(uid),
            "cluster-autoscaler.kubernetes.io/safe-to-evict",
            "false",
            "karpenter.sh/do-not-disrupt",
            "true",
            "descheduler.alpha.kubernetes.io/prefer-no-eviction",
            "true",
            "sidecar.istio.io/inject",
            "false",
            "linkerd.io/inject",
            "disabled"));
  }

  /** The virtual machine as controller. */
  static OwnerReference owner(VirtualMachine vm) {
    return new OwnerReferenceBuilder()
        .withApiVersion(vm.getApiVersion())
        .withKind(vm.getKind())
        .withName(vm.getMetadata().getName())
        .withUid(vm.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(true)
        .build();
  }

  /** One uid for all pods of a virtual machine: kernel quotas and socket files are its own. */
  static PodSecurityContext podSecurity(int uid) {
    return new PodSecurityContextBuilder()
        .withRunAsNonRoot(true)
        .withRunAsUser((long) uid)
        .withRunAsGroup((long) uid)
        .withFsGroup((long) uid)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .build();
  }

  /** What the pod security standard {@code restricted} asks for, and a read-only root. */
  static SecurityContext containerSecurity() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withPrivileged(false)
        .withReadOnlyRootFilesystem(true)
        .withRunAsNonRoot(true)
        .withNewCapabilities()
        .addToDrop("ALL")
        .endCapabilities()
        .build();
  }

  /**
   * Where the broker binds its socket. In memory, as the limit is a hard one there; on disk an
   * excess fills the node and ends in eviction.
   */
  static Volume socketVolume() {
    return new VolumeBuilder()
        .withName(SOCKET_VOLUME)
        .withNewEmptyDir()
        .withMedium("Memory")
        .withSizeLimit(new Quantity("1Mi"))
        .endEmptyDir()
        .build();
  }

  static VolumeMount socketMount() {
    return new VolumeMountBuilder().withName(SOCKET_VOLUME).withMountPath("/run/moult").build();
  }

  static Volume imageVolume(String name, String reference, String pullPolicy) {
    return new VolumeBuilder()
        .withName(name)
        .withNewImage()
        .withReference(reference)
        .withPullPolicy(pullPolicy)
        .endImage()
        .build();
  }

  /**
   * The user's, and for ever that the node does not answer: an eviction for that reason moves no
   * guest, as none starts elsewhere without a proof, but powers it down when the node is back.
   */
  static List<Toleration> tolerations(VirtualMachine vm) {
    var tolerations = new ArrayList<>(vm.getSpec().tolerations());
    Stream.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
        .filter(key -> vm.getSpec().tolerations().stream().noneMatch(t -> key.equals(t.getKey())))
        .map(key -> tolerated(key, "NoExecute"))
        .forEach(tolerations::add);
    return tolerations;
  }

  /** A taint that is tolerated whatever its value. */
  static Toleration tolerated(String key, String effect) {
    return new TolerationBuilder().withKey(key).withOperator("Exists").withEffect(effect).build();
  }

  /** A pod spec with everything that is the same for both kinds. */
  static PodSpecBuilder spec(VirtualMachine vm, int uid) {
    var spec = vm.getSpec();
    return new PodSpecBuilder()
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withSecurityContext(podSecurity(uid))
        .withPriorityClassName(spec.priorityClassName())
        .withSchedulerName(spec.schedulerName())
        .withImagePullSecrets(spec.imagePullSecrets());
  }
}
