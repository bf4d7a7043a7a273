package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.wire.RefusalReason;
import java.util.List;

/**
 * A pod's own link, as {@code ip -o} prints it.
 *
 * @param mtu its MTU
 * @param address its first IPv4 address
 */
record PodLink(int mtu, String address) {
  private static final List<String> SHOW_LINK =
      List.of("ip", "-o", "link", "show", "dev", NetworkPlan.POD_LINK);
  private static final List<String> SHOW_ADDRESS =
      List.of("ip", "-o", "-4", "address", "show", "dev", NetworkPlan.POD_LINK, "scope", "global");

  /** Looks in the network namespace of the calling thread. */
  static PodLink look() throws Refusal {
    return parse(Commands.run(SHOW_LINK, ""), addresses());
  }

  /** What {@code ip -o} prints of its IPv4 addresses. */
  static String addresses() throws Refusal {
    return Commands.run(SHOW_ADDRESS, "");
  }

  /** Reads the two outputs. */
  static PodLink parse(String link, String address) throws Refusal {
    String inet = after(address, "inet");
    int slash = inet.indexOf('/');
    try {
      String plain = slash < 0 ? inet : inet.substring(0, slash);
      NetworkPlan.checkIpv4(plain);
      return new PodLink(Integer.parseInt(after(link, "mtu")), plain);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the pod's link " + NetworkPlan.POD_LINK + " cannot be understood: " + e.getMessage());
    }
  }

  /** The word that follows another. */
  static String after(String line, String word) throws Refusal {
    String[] words = line.trim().split("\\s+", -1);
    for (int i = 0; i + 1 < words.length; i++) {
      if (words[i].equals(word)) {
        return words[i + 1];
      }
    }
    throw new Refusal(
        RefusalReason.NETWORK_FAILED,
        "the pod's link "
            + NetworkPlan.POD_LINK
            + " has no "
            + word
            + ": an IPv4 address is needed");
  }
}
