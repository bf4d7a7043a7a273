package dev.moult.broker.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What {@code ip} and {@code nft} are told for a guest that has the address of a link of the pod.
 * Pure text, as {@link NetworkPlan} is.
 *
 * @param joint what is joined
 * @param link what the guest gets
 * @param mtu MTU of the pod's link
 * @param ports what may be begun towards the guest, such as {@code tcp/80}; empty for everything
 */
record BridgePlan(Joint joint, BridgedLink link, int mtu, List<String> ports) {
  /**
   * The guest's DHCP server, and all that the pod itself still has; KubeVirt's guests see it too.
   */
  static final String SERVER = "169.254.75.10";

  /** A guest's question over UDP or SCTP may be answered for so long after its last packet. */
  private static final String ANSWERS = "300s";

  /** Bits of the first byte of a MAC address by which those of link and bridge differ from it. */
  private static final int LINK_DIFFERS = 0x40;

  private static final int BRIDGE_DIFFERS = 0x80;
  private static final int LOCALLY_ADMINISTERED = 0x02;

  BridgePlan {
    ports = List.copyOf(ports);
    ports.forEach(NetworkPlan::checkPort);
    if (mtu < 576 || mtu > 65535) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
  }

  /** The MAC address that the pod's link has from now on: no frame ever leaves with it. */
  String linkMac() {
    return otherMac(link.mac(), LINK_DIFFERS);
  }

  /** Makes the bridge, which is not up yet. */
  static List<String> makeBridge(Joint joint, BridgedLink link) {
    return List.of(
        "link add name "
            + joint.bridge()
            + " address "
            + otherMac(link.mac(), BRIDGE_DIFFERS)
            + " type bridge mcast_snooping 0");
  }

  /** Joins the tap, once the rules are there; repeating it changes nothing. */
  List<String> joinGuest() {
    var commands = new ArrayList<String>();
    commands.add("address flush dev " + joint.tap());
    commands.add("link set dev " + joint.tap() + " mtu " + mtu + " master " + joint.bridge());
    commands.add("link set dev " + joint.tap() + " up");
    commands.add("link set dev " + joint.bridge() + " mtu " + mtu);
    if (link.address() != null) {
      commands.add("address replace " + SERVER + "/32 dev " + joint.bridge());
    }
    commands.add("link set dev " + joint.bridge() + " up");
    return commands;
  }

  /**
   * Takes address and MAC from the pod's link. A link that cannot join a bridge says so before it
   * has lost anything.
   */
  List<String> joinPodLink() {
    String device = "dev " + joint.link();
    return List.of(
        "link set " + device + " master " + joint.bridge(),
        "link set " + device + " down",
        "link set " + device + " address " + linkMac(),
        "address flush " + device,
        "link set " + device + " up");
  }

  /**
   * Whether {@link #joinPodLink} was done, all of it.
   *
   * @param shown what {@code ip -o} prints of the pod's link
   * @param addresses what it prints of its addresses
   */
  boolean isJoined(String shown, String addresses) {
    return (shown + " ").contains(" master " + joint.bridge() + " ")
        && shown.contains("link/ether " + linkMac() + " ")
        && shown.matches("(?s).*[<,]UP[,>].*")
        && addresses.isBlank();
  }

  /**
   * The rules for {@code nft -f -}, one transaction that replaces what was there. What comes from
   * the tap carries the guest's own addresses or goes nowhere, not even into the bridge's memory of
   * addresses; nor does a frame of the guest's that the node's bridge sends back to it. Each bridge
   * has a table of its own, which leaves what goes through another one alone.
   */
  String nftRules() {
    String replaced = "add table bridge %1$s\ndelete table bridge %1$s\n".formatted(joint.table());
    String rules = link.address() == null ? rulesOfFrames() : rulesOfAddress(link.address());
    // Those of a guest that was hidden behind the pod's address.
    return (joint.isPods() ? "add table ip moult\ndelete table ip moult\n" : "") + replaced + rules;
  }

  /**
   * Guest and pod link exchange IPv4 and ARP alone, no DHCP; guest and pod exchange DHCP alone.
   * With ports, what is begun from outside reaches those alone: TCP is told by its flags, for UDP
   * and SCTP the guest's own questions are kept. (Connection tracking in bridges is not on all
   * nodes.)
   */
  private String rulesOfAddress(String address) {
    return """
    table bridge %5$s {
      set answers {
        type ipv4_addr . inet_proto . inet_service . inet_service
        flags dynamic,timeout
        timeout %1$s
        size 65535
      }
      chain guest {
        type filter hook prerouting priority filter; policy accept;
        iifname "%7$s" ether saddr %2$s drop
        iifname != "%6$s" accept
        ether saddr != %2$s drop
        ether type arp arp saddr ether %2$s arp saddr ip %3$s accept
        ether type ip ip saddr %3$s accept
        ether type ip ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept
        drop
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
        iifname != { "%6$s", "%7$s" } accept
        udp sport { 67, 68 } udp dport { 67, 68 } drop
        iifname "%6$s" ip protocol { udp, sctp } update @answers \
          { ip daddr . ip protocol . th dport . th sport }
        iifname "%6$s" accept
        ether type arp accept
        ether type ip jump network
      }
      chain network {
    %4$s
      }
      chain input {
        type filter hook input priority filter; policy drop;
        iifname != { "%6$s", "%7$s" } accept
        iifname "%6$s" ether type ip udp sport 68 udp dport 67 accept
      }
      chain output {
        type filter hook output priority filter; policy drop;
        oifname != { "%6$s", "%7$s" } accept
        oifname "%6$s" ether type ip udp sport 67 udp dport 68 accept
      }
    }
    """
        .formatted(
            ANSWERS, link.mac(), address, network(), joint.table(), joint.tap(), joint.link());
  }

  /** Of a network that gives no addresses: frames pass as they are, but for the sender's MAC. */
  private String rulesOfFrames() {
    return """
    table bridge %1$s {
      chain guest {
        type filter hook prerouting priority filter; policy accept;
        iifname "%3$s" ether saddr %4$s drop
        iifname != "%2$s" accept
        ether saddr != %4$s drop
        ether type arp arp saddr ether != %4$s drop
      }
      chain input {
        type filter hook input priority filter; policy accept;
        iifname { "%2$s", "%3$s" } drop
      }
      chain output {
        type filter hook output priority filter; policy accept;
        oifname { "%2$s", "%3$s" } drop
      }
    }
    """
        .formatted(joint.table(), joint.tap(), joint.link(), link.mac());
  }

  /** What of IPv4 reaches the guest. Fragments of TCP do not: one could change another's flags. */
  private String network() {
    if (ports.isEmpty()) {
      return "    accept";
    }
    String begun =
        ports.stream()
            .sorted()
            .distinct()
            .map(port -> port.replace("/", " . "))
            .collect(Collectors.joining(", "));
    return """
    ip protocol . th dport { %s } accept
    tcp flags & (syn | ack) != syn accept
    ip saddr . ip protocol . th sport . th dport @answers accept
    ip protocol != tcp ip frag-off & 0x1fff != 0 accept
    icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-reply } accept\
    """
        .formatted(begun);
  }

  private static String otherMac(String mac, int bit) {
    int first = Integer.parseInt(mac.substring(0, 2), 16);
    return "%02x%s".formatted((first ^ bit) | LOCALLY_ADMINISTERED, mac.substring(2));
  }
}
