package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.operator.network.Attachment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Sysctl;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * DHCP for a guest that boots by firmware or has further networks: a sidecar of the anchor, as the
 * guest talks to it and so it may be neither in the broker nor privileged. A kernel that is booted
 * straight is told the address of its first network on its command line.
 */
final class GuestDhcp {
  /** Name of the container. */
  private static final String CONTAINER = "dhcp";

  private static final String PROGRAM = "/opt/moult/dhcp";

  /** The port of a DHCP server, which only root may use unless a pod says otherwise. */
  private static final String PORT = "67";

  private GuestDhcp() {}

  /** The sidecar, which runs from before the anchor itself until after it; none if not needed. */
  static List<Container> containers(VirtualMachineSpec spec, PodImages images) {
    return wanted(spec) ? List.of(container(spec, images)) : List.of();
  }

  /** What the anchor's pod needs for it. */
  static List<Sysctl> sysctls(VirtualMachineSpec spec) {
    return wanted(spec)
        ? List.of(new Sysctl("net.ipv4.ip_unprivileged_port_start", PORT))
        : List.of();
  }

  /** Whether the guest asks for an address: a kernel is told that of one card alone. */
  private static boolean wanted(VirtualMachineSpec spec) {
    var further = !Attachment.links(spec).isEmpty();
    return further || (spec.boot().firmware() != null && !spec.networks().isEmpty());
  }

  /** A guest with an address of the pod's gets what the pod had, which its bridge says. */
  private static List<String> command(VirtualMachineSpec spec) {
    var pod =
        spec.networks().stream()
            .map(NetworkSpec::pod)
            .filter(Objects::nonNull)
            .findFirst()
            .map(network ->
                network.binding() == Binding.BRIDGE
                    ? List.of("bridge")
                    : List.of(
                        ApiNames.GUEST_ADDRESS, ApiNames.GUEST_GATEWAY, ApiNames.GUEST_NETMASK))
            .orElse(List.of("none"));
    return Stream.of(List.of(PROGRAM), pod, Attachment.links(spec)).flatMap(List::stream).toList();
  }

  /**
   * Measured: 0.5 MiB of its own, 1.1 MiB where the pod has IPv6, beside 4.4 MiB of files that all
   * share.
   */
  private static Container container(VirtualMachineSpec spec, PodImages images) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(images.launcher())
        .withImagePullPolicy(images.pullPolicy())
        .withRestartPolicy("Always")
        .withCommand(command(spec))
        .withNewResources()
        .addToRequests("cpu", new Quantity("1m"))
        .addToRequests("memory", new Quantity("2Mi"))
        .addToLimits("memory", new Quantity("16Mi"))
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .build();
  }
}
