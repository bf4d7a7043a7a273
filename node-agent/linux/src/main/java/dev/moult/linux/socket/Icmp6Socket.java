package dev.moult.linux.socket;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/**
 * A raw ICMPv6 socket of one link, such as a router needs to speak to its neighbours; made to be
 * given to somebody who may not make one.
 */
public final class Icmp6Socket {
  private Icmp6Socket() {}

  /**
   * A socket in the network namespace of the calling thread. It receives from the link alone. That
   * it also sends there alone is for rules to hold: a link-local destination may name another link.
   * So all that it sends has a mark, which nobody changes without CAP_NET_RAW or CAP_NET_ADMIN.
   *
   * @param mark not 0
   * @throws LinuxException ENODEV without that link; EPERM without CAP_NET_RAW
   */
  public static Fd boundTo(String link, int mark) throws LinuxException {
    if (mark == 0) {
      throw new IllegalArgumentException("a mark of 0 is none");
    }
    Fd fd = SocketOptions.newIcmp6Socket();
    try {
      SocketOptions.set(fd, "SO_BINDTODEVICE", SocketAbi.SO_BINDTODEVICE, link);
      SocketOptions.set(fd, "SO_MARK", SocketAbi.SOL_SOCKET, SocketAbi.SO_MARK, mark);
      return fd;
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }
}
