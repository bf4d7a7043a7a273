package dev.moult.broker.network;

import dev.moult.wire.Request.MakeNetwork;
import java.util.List;

/**
 * What {@code ip} and {@code nft} are told for one guest. Pure text, so that the rules can be read
 * and tested without a namespace.
 *
 * @param guest the guest's IPv4 address
 * @param gateway the tap's IPv4 address towards the guest
 * @param prefix length of their prefix
 * @param mtu MTU of the tap
 * @param podAddress the pod's IPv4 address
 */
record NetworkPlan(String guest, String gateway, int prefix, int mtu, String podAddress) {
  /** The guest's tap in the anchor's namespace. */
  static final String TAP = "tap0";

  /** The pod's own link. */
  static final String POD_LINK = "eth0";

  /** Refuses what would not be an address, before it becomes a part of a script. */
  NetworkPlan {
    checkIpv4(guest);
    checkIpv4(gateway);
    checkIpv4(podAddress);
    if (prefix < 1 || prefix > 31) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
    if (mtu < 576 || mtu > 65535) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
    if (guest.equals(gateway)) {
      throw new IllegalArgumentException("guest and gateway are both " + guest);
    }
  }

  static NetworkPlan of(MakeNetwork request, int podMtu, String podAddress) {
    return new NetworkPlan(
        request.guestAddress(),
        request.gateway(),
        request.prefix(),
        request.mtu() == 0 ? podMtu : request.mtu(),
        podAddress);
  }

  /** Commands for {@code ip -batch -}; repeating them changes nothing. */
  List<String> ipCommands() {
    return List.of(
        "link set dev " + TAP + " mtu " + mtu,
        "address replace " + gateway + "/" + prefix + " dev " + TAP,
        "link set dev " + TAP + " up");
  }

  /**
   * The rules for {@code nft -f -}, one transaction that replaces what was there. All that reaches
   * the pod's address from outside goes to the guest, whatever the protocol; what the guest sends
   * out carries the pod's address. Each connection keeps its translation (conntrack) when the rules
   * are replaced.
   */
  String nftRules() {
    return """
    add table ip moult
    delete table ip moult
    table ip moult {
      chain inbound {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "%s" ip daddr %s dnat to %s
      }
      chain outbound {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%s" ip saddr %s masquerade
      }
    }
    """
        .formatted(POD_LINK, podAddress, guest, POD_LINK, guest);
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
