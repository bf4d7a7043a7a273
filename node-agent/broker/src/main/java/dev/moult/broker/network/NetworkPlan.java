package dev.moult.broker.network;

import dev.moult.wire.Request.MakeNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ip} and {@code nft} are told for one guest. Pure text, so that the rules can be read
 * and tested without a namespace.
 *
 * @param guest the guest's IPv4 address
 * @param gateway the tap's IPv4 address towards the guest
 * @param prefix length of their prefix
 * @param mtu MTU of the tap
 * @param podAddress the pod's IPv4 address; null without one
 * @param ipv6 the same for IPv6; null for a pod without it
 * @param ports what is forwarded to the guest, such as {@code tcp/80}; empty for everything
 */
record NetworkPlan(
    String guest,
    String gateway,
    int prefix,
    int mtu,
    @Nullable String podAddress,
    @Nullable Ipv6Plan ipv6,
    List<String> ports) {
  /** The guest's tap in the anchor's namespace. */
  static final String TAP = "tap0";

  /** The pod's own link. */
  static final String POD_LINK = "eth0";

  /** Refuses what would not be an address, before it becomes a part of a script. */
  NetworkPlan {
    checkIpv4(guest);
    checkIpv4(gateway);
    if (podAddress != null) {
      checkIpv4(podAddress);
    }
    if (prefix < 1 || prefix > 31) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
    if (mtu < 576 || mtu > 65535) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
    if (ipv6 != null && mtu < Ipv6Plan.LEAST_MTU) {
      throw new IllegalArgumentException("MTU " + mtu + " is too small for IPv6");
    }
    ports = List.copyOf(ports);
    ports.forEach(NetworkPlan::checkPort);
    if (guest.equals(gateway)) {
      throw new IllegalArgumentException("guest and gateway are both " + guest);
    }
  }

  static NetworkPlan of(MakeNetwork request, PodLink link) {
    String address6 = link.address6();
    return new NetworkPlan(
        request.guestAddress(),
        request.gateway(),
        request.prefix(),
        request.mtu() == 0 ? link.mtu() : request.mtu(),
        link.address(),
        address6 == null ? null : new Ipv6Plan(address6, request.ports()),
        request.ports());
  }

  /** Commands for {@code ip -batch -}; repeating them changes nothing. */
  List<String> ipCommands() {
    var commands = new ArrayList<String>();
    commands.add("link set dev " + TAP + " mtu " + mtu);
    if (podAddress != null) {
      commands.add("address replace " + gateway + "/" + prefix + " dev " + TAP);
    }
    commands.addAll(ipv6 == null ? List.of("link set dev " + TAP + " up") : Ipv6Plan.ipCommands());
    return commands;
  }

  /**
   * The rules for {@code nft -f -}, one transaction that replaces what was there. What reaches the
   * pod's address from outside goes to the guest, whatever the protocol, or on the given ports
   * alone; what the guest sends out carries the pod's address. Nothing else from outside is
   * forwarded: a neighbour could send to the guest's own address past the ports. Each connection
   * keeps its translation (conntrack) when the rules are replaced.
   */
  String nftRules() {
    return (podAddress == null ? "" : ipv4Rules(podAddress))
        + (ipv6 == null ? "" : ipv6.nftRules());
  }

  private String ipv4Rules(String address) {
    return """
    add table ip moult
    delete table ip moult
    table ip moult {
      chain inbound {
        type nat hook prerouting priority dstnat; policy accept;
    %s
      }
      chain forward {
        type filter hook forward priority filter; policy accept;
        iifname "%s" ct state new ct status dnat accept
        iifname "%s" ct state new drop
      }
      chain outbound {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%s" ip saddr %s masquerade
      }
    }
    """
        .formatted(inbound("ip", address, guest, ports), POD_LINK, POD_LINK, POD_LINK, guest);
  }

  /** What comes to the pod's address goes to the guest's, on the ports alone if there are any. */
  static String inbound(String family, String podAddress, String guest, List<String> ports) {
    String from = "    iifname \"%s\" %s daddr %s ".formatted(POD_LINK, family, podAddress);
    String to = "dnat to " + guest;
    if (ports.isEmpty()) {
      return from + to;
    }
    var byProtocol =
        ports.stream()
            .map(port -> port.split("/"))
            .collect(
                Collectors.groupingBy(
                    port -> port[0],
                    TreeMap::new,
                    Collectors.mapping(
                        port -> Integer.valueOf(port[1]), Collectors.toCollection(TreeSet::new))));
    return byProtocol.entrySet().stream()
        .map(entry ->
            from
                + entry.getKey()
                + entry.getValue().stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(", ", " dport { ", " } "))
                + to)
        .collect(Collectors.joining("\n"));
  }

  static void checkPort(String port) {
    if (!port.matches("(tcp|udp|sctp)/[1-9][0-9]{0,4}")
        || Integer.parseInt(port.substring(port.indexOf('/') + 1)) > 65535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
  }

  static void checkIpv4(String address) {
    String[] parts = address.split("\\.", -1);
    boolean fits = parts.length == 4;
    for (int i = 0; fits && i < 4; i++) {
      String part = parts[i];
      fits = !part.isEmpty() && part.length() <= 3;
      for (int j = 0; fits && j < part.length(); j++) {
        fits = part.charAt(j) >= '0' && part.charAt(j) <= '9';
      }
      fits = fits && Integer.parseInt(part) <= 255;
    }
    if (!fits) {
      throw new IllegalArgumentException("not an IPv4 address: " + address);
    }
  }
}
