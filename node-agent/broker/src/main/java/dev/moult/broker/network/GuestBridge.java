package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The bridge that gives a guest the pod's own address, in the network namespace of the calling
 * thread. What the pod's link had is kept as the bridge's alias before the link loses it: there it
 * lives exactly as long as the namespace, a broker that comes after this one finds it, and the
 * guest's DHCP server reads it without any right.
 */
final class GuestBridge {
  private static final String ALIAS = " alias ";
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf");

  /** With br_netfilter a bridge runs its frames through IP's rules too, unless told not to. */
  private static final Path IP_RULES = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

  private GuestBridge() {}

  /** Whether the namespace has one. */
  static boolean isThere() throws IOException {
    return Links.names().contains(BridgePlan.BRIDGE);
  }

  /** What the pod's link has, or had before a bridge was made: from now on it is kept. */
  static BridgedLink remember() throws Refusal, IOException {
    if (isThere()) {
      String shown = show("link", BridgePlan.BRIDGE);
      int alias = shown.indexOf(ALIAS);
      if (alias >= 0) {
        String text = shown.substring(alias + ALIAS.length());
        int end = text.indexOf('\\');
        return BridgedLink.ofAlias((end < 0 ? text : text.substring(0, end)).strip());
      }
    }
    BridgedLink link =
        BridgedLink.parse(
            show("link", NetworkPlan.POD_LINK),
            PodLink.addresses(),
            Commands.run(
                List.of("ip", "-o", "-4", "route", "show", "dev", NetworkPlan.POD_LINK), ""));
    String text = link.toAlias();
    if (!isThere()) {
      batch(BridgePlan.makeBridge(link));
    }
    Commands.run(List.of("ip", "link", "set", "dev", BridgePlan.BRIDGE, "alias", text), "");
    return link;
  }

  /** MTU of the pod's link. */
  static int mtu() throws Refusal {
    return Integer.parseInt(PodLink.after(show("link", NetworkPlan.POD_LINK), "mtu"));
  }

  /** Joins tap and pod link, the rules first; what is done already is left alone. */
  static void join(BridgePlan plan) throws Refusal, IOException {
    Commands.run(List.of("nft", "-f", "-"), plan.nftRules());
    for (String device : List.of(NetworkPlan.POD_LINK, BridgePlan.BRIDGE, NetworkPlan.TAP)) {
      write(IPV6.resolve(device).resolve("disable_ipv6"), "1");
    }
    write(IP_RULES, "0");
    batch(plan.joinGuest());
    if (!plan.isJoined(show("link", NetworkPlan.POD_LINK), PodLink.addresses())) {
      batch(plan.joinPodLink());
    }
  }

  private static String show(String what, String device) throws Refusal {
    return Commands.run(List.of("ip", "-o", what, "show", "dev", device), "");
  }

  private static void batch(List<String> commands) throws Refusal {
    Commands.run(List.of("ip", "-batch", "-"), String.join("\n", commands) + "\n");
  }

  /** Kernels are built without the one or the other. */
  private static void write(Path file, String value) throws IOException {
    if (Files.exists(file)) {
      Files.writeString(file, value);
    }
  }
}
