package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.wire.RefusalReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster's network gave the pod's link and the guest has in its stead.
 *
 * @param address the IPv4 address; null if the network gives none, and the guest finds its own
 * @param prefix length of its prefix; 32 if its neighbours are not to be reached straight, 0
 *     without an address
 * @param mac the MAC address, in lower case
 * @param gateway of the default route; null without one
 * @param routes what a default route alone does not say, as DHCP's option 121 is written: {@code
 *     destination,gateway}, 0.0.0.0 for no gateway; then with the default route
 */
record BridgedLink(
    @Nullable String address,
    int prefix,
    String mac,
    @Nullable String gateway,
    List<String> routes) {
  private static final String DEFAULT = "0.0.0.0/0";
  private static final String NO_GATEWAY = "0.0.0.0";
  private static final String NONE = "-";

  /** IFALIASZ of linux/if.h, with its end. */
  private static final int LONGEST_ALIAS = 255;

  /** Refuses what would not be an address, before it becomes a part of a script. */
  BridgedLink {
    if (address != null) {
      NetworkPlan.checkIpv4(address);
    }
    if (address == null ? prefix != 0 : prefix < 1 || prefix > 32) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
    if (!mac.matches("[0-9a-f]{2}(:[0-9a-f]{2}){5}")) {
      throw new IllegalArgumentException("not a MAC address: " + mac);
    }
    if (gateway != null) {
      NetworkPlan.checkIpv4(gateway);
    }
    routes = List.copyOf(routes);
    for (String route : routes) {
      String[] parts = route.split("[/,]", -1);
      if (parts.length != 3 || !parts[1].matches("[0-9]|[12][0-9]|3[0-2]")) {
        throw new IllegalArgumentException("not a route: " + route);
      }
      NetworkPlan.checkIpv4(parts[0]);
      NetworkPlan.checkIpv4(parts[2]);
    }
  }

  /** One to which its network gave a MAC address alone. */
  static BridgedLink bare(String mac) {
    return new BridgedLink(null, 0, mac, null, List.of());
  }

  /**
   * Reads what {@code ip -o} prints of the link, its IPv4 address and its routes.
   *
   * @param name of the link
   * @throws Refusal when a guest could not be told what the pod was
   */
  static BridgedLink parse(String name, String link, String addresses, String routes)
      throws Refusal {
    String inet = PodLink.after(addresses, "inet");
    int slash = inet.indexOf('/');
    String address = slash < 0 ? inet : inet.substring(0, slash);
    try {
      int prefix = slash < 0 ? 32 : Integer.parseInt(inet.substring(slash + 1));
      return Routes.parse(routes).of(address, prefix, PodLink.after(link, "link/ether"));
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the pod's link " + name + " cannot be given to a guest: " + e.getMessage());
    }
  }

  /** As a guest's DHCP server is told it: one word each, {@code -} for nothing. */
  String toAlias() throws Refusal {
    String text =
        String.join(
            " ",
            address == null ? NONE : address,
            address == null ? NONE : netmask(),
            mac,
            gateway == null ? NONE : gateway,
            routes.isEmpty() ? NONE : String.join(",", routes));
    if (text.length() > LONGEST_ALIAS) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the pod's network has more routes than can be kept: " + routes.size());
    }
    return text;
  }

  /** Reads {@link #toAlias}. */
  static BridgedLink ofAlias(String alias) throws Refusal {
    String[] words = alias.split(" ", -1);
    try {
      if (words.length < 5) {
        throw new IllegalArgumentException("of " + words.length + " words");
      }
      if (words[0].equals(NONE)) {
        return bare(words[2]);
      }
      var routes = new ArrayList<String>();
      String[] parts = words[4].equals(NONE) ? new String[0] : words[4].split(",", -1);
      for (int i = 0; i + 1 < parts.length; i += 2) {
        routes.add(parts[i] + "," + parts[i + 1]);
      }
      return new BridgedLink(
          words[0],
          Integer.bitCount(number(words[1])),
          words[2],
          words[3].equals(NONE) ? null : words[3],
          routes);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED, "the bridge's alias is not one of ours: " + e.getMessage());
    }
  }

  /** Its prefix as an address. */
  String netmask() {
    int mask = -1 << (32 - prefix);
    return "%d.%d.%d.%d".formatted(mask >>> 24, mask >>> 16 & 0xff, mask >>> 8 & 0xff, mask & 0xff);
  }

  private static int number(String address) {
    NetworkPlan.checkIpv4(address);
    return Arrays.stream(address.split("\\.", -1))
        .mapToInt(Integer::parseInt)
        .reduce(0, (high, low) -> high << 8 | low);
  }

  /**
   * The routes of the pod's link.
   *
   * @param neighbours whether what has the address's prefix is reached straight
   * @param gateway of the default route; null without one
   * @param others all else
   */
  private record Routes(boolean neighbours, @Nullable String gateway, List<String[]> others) {
    static Routes parse(String text) {
      boolean neighbours = false;
      String gateway = null;
      var others = new ArrayList<String[]>();
      for (String line : text.lines().toList()) {
        List<String> words = List.of(line.trim().split("\\s+", -1));
        String first = words.getFirst();
        if (first.isEmpty()) {
          continue;
        }
        if (words.contains("nexthop") || words.contains("inet6")) {
          throw new IllegalArgumentException("its route cannot be passed on: " + line.trim());
        }
        String via = words.contains("via") ? words.get(words.indexOf("via") + 1) : NO_GATEWAY;
        if (words.contains("kernel")) {
          neighbours = true;
        } else if (first.equals("default") && !via.equals(NO_GATEWAY)) {
          gateway = gateway == null ? via : gateway; // the first is the preferred one
        } else {
          String plain = first.equals("default") ? DEFAULT : first;
          others.add(new String[] {plain.contains("/") ? plain : plain + "/32", via});
        }
      }
      return new Routes(neighbours, gateway, others);
    }

    BridgedLink of(String address, int ownPrefix, String mac) {
      int prefix = neighbours ? ownPrefix : 32;
      var told = new ArrayList<String>();
      if (gateway != null && !isNeighbour(gateway, address, prefix)) {
        told.add(gateway + "/32," + NO_GATEWAY);
      }
      for (String[] route : others) {
        boolean toGateway = route[0].equals(gateway + "/32") && route[1].equals(NO_GATEWAY);
        if (!toGateway && !route[1].equals(gateway)) {
          told.add(route[0] + "," + route[1]);
        }
      }
      if (!told.isEmpty() && gateway != null) {
        told.add(DEFAULT + "," + gateway);
      }
      return new BridgedLink(address, prefix, mac, gateway, told);
    }

    private static boolean isNeighbour(String one, String other, int prefix) {
      return prefix < 32 && (number(one) ^ number(other)) >>> (32 - prefix) == 0;
    }
  }
}
