package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.wire.Request;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The pod network of a guest, as the broker is asked for it: the same private addresses in every
 * guest, hidden behind the anchor's own, or that of the anchor itself.
 */
public final class GuestNetwork {

  /** The guest's address, when it has one of its own. */
  public static final String ADDRESS = ApiNames.GUEST_ADDRESS;

  /** Its gateway: the tap's other side. */
  public static final String GATEWAY = ApiNames.GUEST_GATEWAY;

  private static final int PREFIX = 24;

  private GuestNetwork() {}

  /** Makes it in an anchor, with the pod's MTU and offloads; answers that MTU, 0 without one. */
  static int make(Broker broker, String anchorPodUid, VirtualMachineSpec spec)
      throws BrokerException, InterruptedException {
    if (spec.networks().isEmpty()) {
      return 0;
    }
    NetworkSpec network = spec.networks().getFirst();
    return isBridged(network)
        ? broker.ask(bridge(anchorPodUid, network)).podMtu()
        : broker.ask(masquerade(anchorPodUid, network)).podMtu();
  }

  /**
   * What the card of a guest is like whose network was made; null without one. Asks the broker what
   * the pod's own link was: to make a bridge again changes nothing.
   */
  static @Nullable GuestLink link(
      Broker broker, String anchorPodUid, VirtualMachineSpec spec, String vmUid, int podMtu)
      throws BrokerException, InterruptedException {
    if (spec.networks().isEmpty()) {
      return null;
    }
    NetworkSpec network = spec.networks().getFirst();
    return isBridged(network)
        ? GuestLink.bridged(broker.ask(bridge(anchorPodUid, network)))
        : GuestLink.masqueraded(network, vmUid, podMtu);
  }

  private static boolean isBridged(NetworkSpec network) {
    return network.pod().binding() == Binding.BRIDGE;
  }

  private static Request.MakeNetwork masquerade(String anchorPodUid, NetworkSpec network) {
    return new Request.MakeNetwork(
        anchorPodUid, ADDRESS, GATEWAY, PREFIX, 0, true, ports(network), network.queues());
  }

  private static Request.MakeBridge bridge(String anchorPodUid, NetworkSpec network) {
    return new Request.MakeBridge(anchorPodUid, true, ports(network), network.queues());
  }

  private static List<String> ports(NetworkSpec network) {
    return network.ports().stream()
        .map(port -> port.protocol().name().toLowerCase(Locale.ROOT) + "/" + port.port())
        .toList();
  }
}
