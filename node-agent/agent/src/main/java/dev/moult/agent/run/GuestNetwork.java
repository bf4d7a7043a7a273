package dev.moult.agent.run;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.wire.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The guest's side of the pod network: the same private addresses in every guest, hidden behind the
 * anchor's own.
 */
public final class GuestNetwork {

  /** The guest's address. */
  public static final String ADDRESS = ApiNames.GUEST_ADDRESS;

  /** Its gateway: the tap's other side. */
  public static final String GATEWAY = ApiNames.GUEST_GATEWAY;

  private static final int PREFIX = 24;

  private GuestNetwork() {}

  /** The request that makes it, with the pod's MTU and offloads. */
  static Request.MakeNetwork request(String anchorPodUid, List<NetworkSpec> networks) {
    List<String> ports =
        networks.stream()
            .flatMap(network -> network.ports().stream())
            .map(port -> port.protocol().name().toLowerCase(Locale.ROOT) + "/" + port.port())
            .toList();
    return new Request.MakeNetwork(anchorPodUid, ADDRESS, GATEWAY, PREFIX, 0, true, ports);
  }

  /**
   * The kernel's arguments with the guest's address, unless they say one: only guests that boot by
   * firmware are answered by DHCP.
   */
  static String kernelArguments(String arguments, boolean network) {
    if (!network || (" " + arguments).contains(" ip=")) {
      return arguments;
    }
    String ip = "ip=%s::%s:%s::eth0:off".formatted(ADDRESS, GATEWAY, ApiNames.GUEST_NETMASK);
    return arguments.isBlank() ? ip : arguments.strip() + " " + ip;
  }

  /** The wished MAC address, or one made from the VM's uid: the same at every start. */
  static String mac(@Nullable String wished, String vmUid) {
    if (wished != null) {
      return wished.toLowerCase(Locale.ROOT);
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(vmUid.getBytes(StandardCharsets.UTF_8));
      return "52:54:00:%02x:%02x:%02x".formatted(digest[0], digest[1], digest[2]);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
