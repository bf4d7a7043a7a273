package dev.moult.broker.network;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;

/**
 * What {@code ip} and {@code nft} are told of IPv6 for one guest whose pod has it. Pure text, as
 * {@link NetworkPlan} is. The guest's addresses are KubeVirt's, the same in every VM.
 *
 * @param podAddress the pod's IPv6 address
 * @param ports what is forwarded to the guest, such as {@code tcp/80}; empty for everything
 */
record Ipv6Plan(String podAddress, List<String> ports) {
  /** What the guest is given by DHCPv6. */
  static final String GUEST = "fd10:0:2::2";

  /** The tap's side of it. */
  static final String GATEWAY = "fd10:0:2::1";

  /** Length of the prefix both share. */
  static final int PREFIX = 120;

  /** The guest's default router, as its advertisements say. */
  static final String ROUTER = "fe80::1";

  /** The least MTU that IPv6 can have (RFC 8200). */
  static final int LEAST_MTU = 1280;

  /** Refuses what would not be an address, before it becomes a part of a script. */
  Ipv6Plan {
    checkIpv6(podAddress);
    ports = List.copyOf(ports);
    ports.forEach(NetworkPlan::checkPort);
  }

  /**
   * Commands for {@code ip -batch -}, which bring the tap up; repeating them changes nothing. What
   * the guest has is ours to say, so no address is tried out before it is used. The gateway is
   * last: the guest's server begins when it sees it.
   */
  static List<String> ipCommands() {
    String device = " dev " + NetworkPlan.TAP;
    return List.of(
        "link set" + device + " addrgenmode none",
        "link set" + device + " up",
        "address replace " + ROUTER + "/64" + device + " nodad",
        "address replace " + GATEWAY + "/" + PREFIX + device + " nodad");
  }

  /**
   * The rules for {@code nft -f -}, beside those of IPv4 and to the same effect. Stricter, since no
   * guest was ever used to less: the guest sends out with its own address alone, nothing but what
   * is translated passes either way (so no advertisement of routers or neighbours, which connection
   * tracking leaves out), and of the pod itself the guest reaches the router and DHCPv6 alone. What
   * the guest's router sends goes to the guest, whatever link it is meant for.
   */
  String nftRules() {
    return """
    add table ip6 moult
    delete table ip6 moult
    table ip6 moult {
      chain inbound {
        type nat hook prerouting priority dstnat; policy accept;
    %1$s
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
        iifname "%2$s" oifname "%3$s" ip6 saddr %4$s ct state { new, established, related } accept
        iifname "%3$s" oifname "%2$s" ct state { established, related } accept
        iifname "%3$s" oifname "%2$s" ct state new ct status dnat accept
      }
      chain outbound {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%3$s" ip6 saddr %4$s masquerade
      }
      chain input {
        type filter hook input priority filter; policy accept;
        iifname != "%2$s" accept
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        icmpv6 type echo-request accept
        udp dport 547 accept
        drop
      }
      chain output {
        type filter hook output priority filter; policy accept;
        oifname != "%2$s" meta mark %5$d drop
      }
    }
    """
        .formatted(
            NetworkPlan.inbound("ip6", podAddress, GUEST, ports),
            NetworkPlan.TAP,
            NetworkPlan.POD_LINK,
            GUEST,
            RouterSockets.MARK);
  }

  static void checkIpv6(String address) {
    // Of these characters alone, no name is looked up and no link is named.
    boolean fits = address.matches("[0-9a-f:.]{2,45}") && address.contains(":");
    if (!fits || !(InetAddress.ofLiteral(address) instanceof Inet6Address)) {
      throw new IllegalArgumentException("not an IPv6 address: " + address);
    }
  }
}
