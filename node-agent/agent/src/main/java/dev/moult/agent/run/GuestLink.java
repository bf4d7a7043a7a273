package dev.moult.agent.run;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.wire.Answer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a guest's network card is like.
 *
 * @param mac its MAC address
 * @param mtu its MTU
 * @param kernelArgument tells a kernel its address; null when a kernel cannot be told all by it,
 *     empty when there is nothing to tell
 */
public record GuestLink(String mac, int mtu, @Nullable String kernelArgument) {

  /** Of a guest that is hidden behind the anchor's address. */
  static GuestLink masqueraded(NetworkSpec network, String vmUid, int podMtu) {
    return new GuestLink(
        mac(network.macAddress(), vmUid),
        podMtu,
        argument(GuestNetwork.ADDRESS, GuestNetwork.GATEWAY, ApiNames.GUEST_NETMASK));
  }

  /** Of a guest that has the address of one of the anchor's links, if that has one. */
  static GuestLink bridged(Answer.BridgeMade made) {
    if (made.podAddress().isEmpty()) {
      return new GuestLink(made.mac(), made.podMtu(), "");
    }
    String gateway = made.gateway() == null ? "" : made.gateway();
    return new GuestLink(
        made.mac(),
        made.podMtu(),
        made.routes().isEmpty()
            ? argument(made.podAddress(), gateway, netmask(made.prefix()))
            : null);
  }

  /**
   * The kernel's arguments with the guest's address, unless they say one: only guests that boot by
   * firmware are answered by DHCP.
   *
   * @throws StartRefusedException when the kernel cannot be told it
   */
  String kernelArguments(String arguments) throws StartRefusedException {
    if ((" " + arguments).contains(" ip=")) {
      return arguments;
    }
    if (kernelArgument == null) {
      throw new StartRefusedException(
          Reason.NETWORK_FAILED,
          "The guest's first network has more than a default route by a gateway within its prefix,"
              + " which a kernel's command line cannot say. Boot the guest by firmware, so that it"
              + " asks by DHCP, use the pod network with binding Masquerade, or write an ip= of your"
              + " own into spec.boot.kernel.args.");
    }
    if (kernelArgument.isEmpty()) {
      return arguments;
    }
    return arguments.isBlank() ? kernelArgument : arguments.strip() + " " + kernelArgument;
  }

  private static String argument(String address, String gateway, String netmask) {
    return "ip=%s::%s:%s::eth0:off".formatted(address, gateway, netmask);
  }

  private static String netmask(int prefix) {
    int mask = prefix == 0 ? 0 : -1 << (32 - prefix);
    return "%d.%d.%d.%d".formatted(mask >>> 24, mask >>> 16 & 0xff, mask >>> 8 & 0xff, mask & 0xff);
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
