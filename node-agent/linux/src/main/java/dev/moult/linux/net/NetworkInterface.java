package dev.moult.linux.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/** An interface in the network namespace of the calling thread ({@link NetworkNamespace#call}). */
public final class NetworkInterface {
  private NetworkInterface() {}

  /** Socket to ask by, and the ioctl. */
  private static final class Raw {
    static {
      CLibrary.link(Raw.class);
    }

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int ioctl(int fd, long request, Pointer argument) throws LastErrorException;
  }

  /**
   * Sets an interface up or down. Needs CAP_NET_ADMIN in the namespace.
   *
   * @throws LinuxException ENODEV
   */
  public static void setUp(String name, boolean up) throws LinuxException {
    try (Fd socket = socket();
        Memory request = InterfaceRequest.named(name)) {
      int flags = flags(socket, request);
      int wanted = up ? flags | NetAbi.IFF_UP : flags & ~NetAbi.IFF_UP;
      request.setShort(NetAbi.IFREQ_FLAGS, (short) wanted);
      Raw.ioctl(socket.number(), NetAbi.SIOCSIFFLAGS, request);
    } catch (LastErrorException e) {
      throw LinuxException.from("SIOCSIFFLAGS(" + name + ")", e);
    }
  }

  /**
   * Whether an interface is set up.
   *
   * @throws LinuxException ENODEV
   */
  public static boolean isUp(String name) throws LinuxException {
    try (Fd socket = socket();
        Memory request = InterfaceRequest.named(name)) {
      return (flags(socket, request) & NetAbi.IFF_UP) != 0;
    } catch (LastErrorException e) {
      throw LinuxException.from("SIOCGIFFLAGS(" + name + ")", e);
    }
  }

  private static int flags(Fd socket, Memory request) throws LastErrorException {
    Raw.ioctl(socket.number(), NetAbi.SIOCGIFFLAGS, request);
    return request.getShort(NetAbi.IFREQ_FLAGS) & 0xffff;
  }

  private static Fd socket() throws LinuxException {
    try {
      return Fd.adopt(Raw.socket(NetAbi.AF_INET, NetAbi.SOCK_DGRAM | NetAbi.SOCK_CLOEXEC, 0));
    } catch (LastErrorException e) {
      throw LinuxException.from("socket", e);
    }
  }
}
