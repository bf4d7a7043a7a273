package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Sysctl;
import java.util.List;

/**
 * DHCP for a guest that boots by firmware: a sidecar of the anchor, as the guest talks to it and so
 * it may be neither in the broker nor privileged. A kernel that is booted straight is told its
 * address on its command line.
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

  /** Whether the guest asks for its address. */
  private static boolean wanted(VirtualMachineSpec spec) {
    return spec.boot().firmware() != null && !spec.networks().isEmpty();
  }

  /** A guest with the pod's own address gets what the pod had, which its bridge says. */
  private static List<String> command(NetworkSpec network) {
    return network.pod().binding() == Binding.BRIDGE
        ? List.of(PROGRAM, "bridge")
        : List.of(PROGRAM, ApiNames.GUEST_ADDRESS, ApiNames.GUEST_GATEWAY, ApiNames.GUEST_NETMASK);
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
        .withCommand(command(spec.networks().getFirst()))
        .withNewResources()
        .addToRequests("cpu", new Quantity("1m"))
        .addToRequests("memory", new Quantity("2Mi"))
        .addToLimits("memory", new Quantity("16Mi"))
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .build();
  }
}
