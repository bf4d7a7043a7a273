package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.wire.Request;
import dev.moult.wire.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The networks of a guest, as the broker is asked for them. The pod network: the same private
 * addresses in every guest, hidden behind the anchor's own, or that of the anchor itself. Further
 * ones: what the anchor's further links have.
 */
public final class GuestNetwork {

  /** The guest's address, when it has one of its own. */
  public static final String ADDRESS = ApiNames.GUEST_ADDRESS;

  /** Its gateway: the tap's other side. */
  public static final String GATEWAY = ApiNames.GUEST_GATEWAY;

  private static final int PREFIX = 24;
  private static final String POD_LINK = "eth0";

  private GuestNetwork() {}

  /** Makes them in an anchor; answers the MTU of the pod's own link, 0 without one. */
  static int make(Broker broker, String anchorPodUid, VirtualMachineSpec spec)
      throws BrokerException, InterruptedException {
    List<String> links = links(spec);
    int podMtu = 0;
    for (int i = 0; i < links.size(); i++) {
      NetworkSpec network = spec.networks().get(i);
      PodNetwork pod = network.pod();
      if (pod == null) {
        var unused = broker.ask(further(anchorPodUid, links.get(i)));
      } else if (pod.binding() == Binding.BRIDGE) {
        podMtu = broker.ask(bridge(anchorPodUid, network)).podMtu();
      } else {
        podMtu = broker.ask(masquerade(anchorPodUid, network)).podMtu();
      }
    }
    return podMtu;
  }

  /**
   * What the cards of a guest are like whose networks were made, in order. Asks the broker what the
   * pod's links were: to make a bridge again changes nothing.
   */
  static List<GuestLink> cards(
      Broker broker, String anchorPodUid, VirtualMachineSpec spec, String vmUid, int podMtu)
      throws BrokerException, InterruptedException {
    List<String> links = links(spec);
    List<GuestLink> cards = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      NetworkSpec network = spec.networks().get(i);
      PodNetwork pod = network.pod();
      if (pod == null) {
        cards.add(GuestLink.bridged(broker.ask(further(anchorPodUid, links.get(i)))));
      } else if (pod.binding() == Binding.BRIDGE) {
        cards.add(GuestLink.bridged(broker.ask(bridge(anchorPodUid, network))));
      } else {
        cards.add(GuestLink.masqueraded(network, vmUid, podMtu));
      }
    }
    return cards;
  }

  /** Where the broker takes a card's tap from. */
  static Source tap(VirtualMachineSpec spec, int nic) {
    String link = links(spec).get(nic);
    return link.equals(POD_LINK) ? new Source.Tap() : new Source.LinkTap(link);
  }

  /** How many queues a card has: more than one that of the pod network alone. */
  static int queues(VirtualMachineSpec spec, int nic) {
    NetworkSpec network = spec.networks().get(nic);
    return network.pod() == null ? 1 : network.queues();
  }

  /** The anchor's link of each network, in order: further ones as the operator names them. */
  private static List<String> links(VirtualMachineSpec spec) {
    List<String> links = new ArrayList<>();
    int further = 0;
    for (NetworkSpec network : spec.networks()) {
      links.add(network.pod() == null ? ApiNames.FURTHER_LINK + ++further : POD_LINK);
    }
    return links;
  }

  private static Request.BridgeLink further(String anchorPodUid, String link) {
    return new Request.BridgeLink(anchorPodUid, link, true);
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
