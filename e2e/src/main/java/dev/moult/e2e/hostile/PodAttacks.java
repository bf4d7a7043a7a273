package dev.moult.e2e.hostile;

import static dev.moult.e2e.hostile.Require.require;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A user's own pods and images: what looks like Moult's, and what is no kernel. */
final class PodAttacks {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String ELSEWHERE = "-elsewhere";
  private static final List<String> KERNELS =
      List.of("k-device", "k-pipe", "k-link", "k-directory");

  private PodAttacks() {}

  /** Pods with Moult's names, labels and owners. */
  static Group forged() {
    return new Group(
        "forged pods",
        field -> {},
        List.of(
            forgery("f-labels", "a user's pod with an anchor's labels", false, false),
            forgery("f-owner", "the same with the VirtualMachine as owner", true, false),
            forgery(
                "f-elsewhere", "the same, from another namespace, created and deleted", true, true),
            new Attack(
                "f-name",
                "a user's pod that has the name before the VM is made",
                "not touched, and said: PodNameTaken",
                PodAttacks::nameTaken)));
  }

  /** Files of a boot image that are no kernels. */
  static Group kernels() {
    var attacks =
        List.of(
            kernel("k-device", "a device node (1:1, the machine's memory) as the kernel"),
            kernel("k-pipe", "a pipe as the kernel"),
            kernel("k-link", "a link to /proc/1/root/etc/shadow as the kernel"),
            kernel("k-directory", "a directory as the kernel"));
    return new Group(
        "files of an image that are none",
        field -> {
          for (String vm : KERNELS) {
            field.apply(vm, Field.OLD, "/boot/" + vm.substring(2));
          }
        },
        attacks);
  }

  private static Attack forgery(String name, String what, boolean owned, boolean elsewhere) {
    return new Attack(
        name,
        what,
        "denied, or not heeded; the VM runs on",
        field -> {
          VirtualMachine victim = field.namespace().vm(field.bystander().name()).require();
          String where = field.namespace().name() + (elsewhere ? ELSEWHERE : "");
          TestNamespace namespace = TestNamespace.create(field.namespace().client(), where);
          String podName = elsewhere ? field.bystander().name() + "-anchor" : name + "-anchor";
          Pod forged = pod(podName, victim, owned, where);
          try {
            Pod made = field.namespace().client().resource(forged).create();
            String uid = made.getMetadata().getUid();
            field.namespace().client().resource(made).withGracePeriod(0).delete();
            field.bystander().update();
            require(field.agent().count(uid) == 0, "the broker has heard of it: " + podName);
            return "not heeded";
          } catch (KubernetesClientException e) {
            require(e.getCode() == 403 || e.getCode() == 422, String.valueOf(e.getMessage()));
            return "denied: " + shortened(e);
          } finally {
            if (elsewhere) {
              namespace.delete();
            }
          }
        });
  }

  private static String shortened(KubernetesClientException e) {
    String text = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
    return String.valueOf(text).replaceAll("^.*denied (request|the request): ?", "");
  }

  private static Pod pod(String name, VirtualMachine victim, boolean owned, String namespace) {
    var builder =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .withLabels(
                Map.of(
                    "moult.dev/vm", victim.getMetadata().getName(),
                    "moult.dev/vm-uid", victim.getMetadata().getUid(),
                    "moult.dev/role", "anchor"))
            .withAnnotations(Map.of("moult.dev/uid", "100107"));
    if (owned) {
      builder =
          builder
              .addNewOwnerReference()
              .withApiVersion(victim.getApiVersion())
              .withKind(victim.getKind())
              .withName(victim.getMetadata().getName())
              .withUid(victim.getMetadata().getUid())
              .withController(true)
              .endOwnerReference();
    }
    return builder.endMetadata().withSpec(plain().getSpec()).build();
  }

  /** A pod that the restricted level lets in, with the volume that the broker would bind in. */
  private static Pod plain() {
    return new PodBuilder()
        .withNewMetadata()
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(100107L)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewVolume()
        .withName("moult")
        .withNewEmptyDir()
        .withMedium("Memory")
        .endEmptyDir()
        .endVolume()
        .addNewContainer()
        .withName("anchor")
        .withImage(Field.HOSTILE)
        .withCommand("/usr/bin/qemu-system-x86_64", "launcher")
        .addNewVolumeMount()
        .withName("moult")
        .withMountPath("/run/moult")
        .endVolumeMount()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .endContainer()
        .endSpec()
        .build();
  }

  private static String nameTaken(Field field) throws Exception {
    var client = field.namespace().client();
    Pod squatter =
        new PodBuilder(plain())
            .editMetadata()
            .withName("f-name-anchor")
            .withNamespace(field.namespace().name())
            .endMetadata()
            .build();
    Pod made = client.resource(squatter).create();
    try {
      field.apply("f-name", Field.OLD, "");
      VirtualMachine vm =
          field
              .namespace()
              .await(
                  "f-name",
                  PATIENCE,
                  seen ->
                      seen.getStatus() != null
                          && seen.getStatus().conditions().stream()
                              .anyMatch(c -> "PodNameTaken".equals(c.reason())));
      require(field.agent().count(made.getMetadata().getUid()) == 0, "the broker heard of it");
      return vm.getStatus().conditions().stream()
          .filter(c -> "PodNameTaken".equals(c.reason()))
          .map(c -> c.message())
          .findFirst()
          .orElse("");
    } finally {
      client.resource(made).withGracePeriod(0).delete();
      field.remove(List.of("f-name"));
    }
  }

  private static Attack kernel(String name, String what) {
    return new Attack(
        name,
        what,
        "not started, with a reason",
        field -> {
          VirtualMachine vm =
              field
                  .namespace()
                  .await(
                      name,
                      PATIENCE,
                      seen ->
                          seen.getStatus() != null
                              && seen.getStatus().guest() != null
                              && seen.getStatus().guest().reason() != null);
          var guest = Objects.requireNonNull(vm.getStatus().guest());
          require(!TestNamespace.guestRuns(vm), "it runs");
          return guest.state() + ", " + guest.reason();
        });
  }
}
