package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.wire.RefusalReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A bridge that gives a guest the address of one of the pod's links, in the network namespace of
 * the calling thread. What the pod's link had is kept as the bridge's alias before the link loses
 * it: there it lives exactly as long as the namespace, a broker that comes after this one finds it,
 * and the guest's DHCP server reads it without any right.
 */
final class GuestBridge {
  private static final String ALIAS = " alias ";
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf");

  /** With br_netfilter a bridge runs its frames through IP's rules too, unless told not to. */
  private static final List<Path> IP_RULES =
      List.of(
          Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables"),
          Path.of("/proc/sys/net/bridge/bridge-nf-call-ip6tables"));

  private final Joint joint;

  GuestBridge(Joint joint) {
    this.joint = joint;
  }

  /** Whether the namespace has one. */
  boolean isThere() throws IOException {
    return Links.names().contains(joint.bridge());
  }

  /** What the pod's link has, or had before a bridge was made: from now on it is kept. */
  BridgedLink remember() throws Refusal, IOException {
    if (isThere()) {
      String shown = show("link", joint.bridge());
      int alias = shown.indexOf(ALIAS);
      if (alias >= 0) {
        String text = shown.substring(alias + ALIAS.length());
        int end = text.indexOf('\\');
        return BridgedLink.ofAlias((end < 0 ? text : text.substring(0, end)).strip());
      }
    }
    BridgedLink link = look();
    String text = link.toAlias();
    if (!isThere()) {
      batch(BridgePlan.makeBridge(joint, link));
    }
    Commands.run(List.of("ip", "link", "set", "dev", joint.bridge(), "alias", text), "");
    return link;
  }

  private BridgedLink look() throws Refusal, IOException {
    if (!joint.isPods() && !Links.names().contains(joint.link())) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the anchor pod has no interface "
              + joint.link()
              + ": nothing on its node heeds the annotation k8s.v1.cni.cncf.io/networks, as Multus"
              + " does");
    }
    String shown = show("link", joint.link());
    String addresses = PodLink.addresses(joint.link());
    return !joint.isPods() && addresses.isBlank()
        ? BridgedLink.bare(PodLink.after(shown, "link/ether"))
        : BridgedLink.parse(
            joint.link(),
            shown,
            addresses,
            Commands.run(List.of("ip", "-o", "-4", "route", "show", "dev", joint.link()), ""));
  }

  /** MTU of the pod's link. */
  int mtu() throws Refusal {
    return Integer.parseInt(PodLink.after(show("link", joint.link()), "mtu"));
  }

  /** Joins tap and pod link, the rules first; what is done already is left alone. */
  void join(BridgePlan plan) throws Refusal, IOException {
    Commands.run(List.of("nft", "-f", "-"), plan.nftRules());
    for (String device : List.of(joint.link(), joint.bridge(), joint.tap())) {
      write(IPV6.resolve(device).resolve("disable_ipv6"), "1");
    }
    for (Path rules : IP_RULES) {
      write(rules, "0");
    }
    batch(plan.joinGuest());
    if (!plan.isJoined(show("link", joint.link()), PodLink.addresses(joint.link()))) {
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
