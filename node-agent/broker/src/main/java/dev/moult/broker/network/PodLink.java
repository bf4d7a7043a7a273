package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.wire.RefusalReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pod's own link, as {@code ip -o} prints it.
 *
 * @param mtu its MTU
 * @param address its first IPv4 address; null without one
 * @param address6 its first IPv6 address that is there to stay; null without one
 */
record PodLink(int mtu, @Nullable String address, @Nullable String address6) {
  private static final List<String> SHOW_LINK =
      List.of("ip", "-o", "link", "show", "dev", NetworkPlan.POD_LINK);

  private static final List<String> SHOW_ADDRESS6 =
      List.of("ip", "-o", "-6", "address", "show", "dev", NetworkPlan.POD_LINK, "scope", "global");

  /** Of a kernel without IPv6 nothing is asked about it. */
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6");

  /** What {@code ip} says of addresses that go by themselves or never came. */
  private static final List<String> PASSING = List.of("temporary", "deprecated", "dadfailed");

  /** Looks in the network namespace of the calling thread. */
  static PodLink look() throws Refusal {
    String addresses6 = Files.exists(IPV6) ? Commands.run(SHOW_ADDRESS6, "") : "";
    return parse(Commands.run(SHOW_LINK, ""), addresses(NetworkPlan.POD_LINK), addresses6);
  }

  /** One address that stands for the pod: its IPv4 one if it has any. */
  String anyAddress() {
    return Objects.requireNonNull(address == null ? address6 : address);
  }

  /** What {@code ip -o} prints of a link's IPv4 addresses. */
  static String addresses(String link) throws Refusal {
    return Commands.run(
        List.of("ip", "-o", "-4", "address", "show", "dev", link, "scope", "global"), "");
  }

  /** Reads the three outputs. */
  static PodLink parse(String link, String addresses, String addresses6) throws Refusal {
    String address6 = lasting(addresses6);
    if (addresses.isBlank() && address6 == null) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the pod's link " + NetworkPlan.POD_LINK + " has neither an IPv4 nor an IPv6 address");
    }
    try {
      String address = addresses.isBlank() ? null : plain(addresses, "inet");
      if (address != null) {
        NetworkPlan.checkIpv4(address);
      }
      if (address6 != null) {
        Ipv6Plan.checkIpv6(address6);
      }
      return new PodLink(Integer.parseInt(after(link, "mtu")), address, address6);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the pod's link " + NetworkPlan.POD_LINK + " cannot be understood: " + e.getMessage());
    }
  }

  private static @Nullable String lasting(String addresses6) throws Refusal {
    for (String line : addresses6.lines().toList()) {
      List<String> words = List.of(line.trim().split("\\s+", -1));
      if (words.contains("inet6") && Collections.disjoint(words, PASSING)) {
        return plain(line, "inet6");
      }
    }
    return null;
  }

  /** An address without the length of its prefix. */
  private static String plain(String line, String word) throws Refusal {
    String address = after(line, word);
    int slash = address.indexOf('/');
    return slash < 0 ? address : address.substring(0, slash);
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
