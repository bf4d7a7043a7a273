package dev.moult.broker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The kernel's switches for a guest's IPv6, in the network namespace of the calling thread. */
final class GuestIpv6 {
  private static final Path LINKS = Path.of("/proc/sys/net/ipv6/conf");
  private static final Path TAP = LINKS.resolve(NetworkPlan.TAP);
  private static final Path POD_LINK = LINKS.resolve(NetworkPlan.POD_LINK);
  private static final Path ALL_FORWARDING = LINKS.resolve("all/forwarding");
  private static final Path ADDRESSES = Path.of("/proc/thread-self/net/if_inet6");

  /** {@link Ipv6Plan#GATEWAY} as the kernel writes it there. */
  private static final String GATEWAY = "fd100000000200000000000000000001 ";

  private GuestIpv6() {}

  /** The kernel would speak to the guest unasked. */
  static void forbid() throws IOException {
    if (Files.exists(TAP)) {
      write(TAP.resolve("disable_ipv6"), "1");
    }
  }

  /** Before the tap is up: it is a router's link, and is told nothing by the guest. */
  static void prepareTap() throws IOException {
    write(TAP.resolve("disable_ipv6"), "0");
    for (String trust : List.of("accept_ra", "accept_redirects", "autoconf", "accept_dad")) {
      write(TAP.resolve(trust), "0");
    }
  }

  /**
   * Forwards, which the namespace does as a whole. The pod's own link stays a host's towards its
   * network: as a router's it would heed no router, and the kernel would forget at once what those
   * had told it, unless it heeds them as a router too.
   */
  static void forward() throws IOException {
    Path heeds = POD_LINK.resolve("accept_ra");
    if (read(heeds).equals("1")) {
      write(heeds, "2");
    }
    if (!read(ALL_FORWARDING).equals("1")) {
      write(ALL_FORWARDING, "1");
    }
    write(POD_LINK.resolve("forwarding"), "0");
    write(TAP.resolve("forwarding"), "1");
  }

  /** Whether the guest was given IPv6. */
  static boolean isThere() throws IOException {
    return Files.exists(ADDRESSES)
        && Files.readAllLines(ADDRESSES).stream()
            .anyMatch(
                line -> line.startsWith(GATEWAY) && line.strip().endsWith(" " + NetworkPlan.TAP));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  private static void write(Path file, String value) throws IOException {
    Files.writeString(file, value);
  }
}
