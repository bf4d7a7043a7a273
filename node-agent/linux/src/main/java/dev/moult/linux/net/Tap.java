package dev.moult.linux.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A tap device: the guest's network card seen from the host. All who hold its open file share its
 * settings, two QEMUs in a handoff too. One with several queues has an open file for each: what is
 * said of the tap counts for all of them, {@link #isQueueAttached} for one.
 */
public final class Tap implements AutoCloseable {
  /** {@link #setOffloads}: the guest checksums later. */
  public static final int OFFLOAD_CHECKSUM = NetAbi.TUN_F_CSUM;

  /** {@link #setOffloads}: large TCP segments over IPv4. */
  public static final int OFFLOAD_TSO4 = NetAbi.TUN_F_TSO4;

  /** {@link #setOffloads}: large TCP segments over IPv6. */
  public static final int OFFLOAD_TSO6 = NetAbi.TUN_F_TSO6;

  /** {@link #setOffloads}: large TCP segments with congestion bits. */
  public static final int OFFLOAD_TSO_ECN = NetAbi.TUN_F_TSO_ECN;

  private static final int ADDRESS_BYTES = 6;

  private final Fd fd;

  private Tap(Fd fd) {
    this.fd = fd;
  }

  /**
   * What an open tap is attached to.
   *
   * @param name of the interface
   * @param vnetHeader whether packets carry a virtio header
   */
  public record Attachment(String name, boolean vnetHeader) {}

  /** Adopts an open tap. */
  public static Tap adopt(Fd fd) {
    return new Tap(fd);
  }

  /**
   * Creates the interface, or attaches to it when it is there and persistent, in the network
   * namespace of the calling thread ({@link NetworkNamespace#call}). Non-blocking, one queue only,
   * no packet information.
   *
   * @param name at most 15 bytes
   * @param vnetHeader whether packets carry a virtio header: needed for offloads
   * @throws LinuxException EBUSY when another open file is attached
   */
  public static Tap attach(String name, boolean vnetHeader) throws LinuxException {
    return attach(name, vnetHeader, 0);
  }

  /**
   * Creates an interface that may have several queues, or attaches one more to it; else as {@link
   * #attach}.
   *
   * @param name at most 15 bytes
   * @param vnetHeader whether packets carry a virtio header: needed for offloads
   * @throws LinuxException EINVAL when the interface is there and may have but one queue
   */
  public static Tap attachQueue(String name, boolean vnetHeader) throws LinuxException {
    return attach(name, vnetHeader, NetAbi.IFF_MULTI_QUEUE);
  }

  private static Tap attach(String name, boolean vnetHeader, int more) throws LinuxException {
    Fd fd = Open.path(Path.of("/dev/net/tun"), OpenFlag.READ_WRITE, OpenFlag.NON_BLOCKING);
    try (Memory request = InterfaceRequest.named(name)) {
      int flags = NetAbi.IFF_TAP | NetAbi.IFF_NO_PI | (vnetHeader ? NetAbi.IFF_VNET_HDR : 0) | more;
      request.setShort(NetAbi.IFREQ_FLAGS, (short) flags);
      TapNative.ioctl(fd.number(), Integer.toUnsignedLong(NetAbi.TUNSETIFF), request);
      return new Tap(fd);
    } catch (LastErrorException e) {
      fd.close();
      throw LinuxException.from("TUNSETIFF(" + name + ")", e);
    }
  }

  /** The descriptor, borrowed. */
  public Fd fd() {
    return fd;
  }

  /**
   * What it is attached to.
   *
   * @throws LinuxException EBADFD or ENOTTY when it is no attached tap
   */
  public Attachment attachment() throws LinuxException {
    try (Memory request = interfaceRequest()) {
      return new Attachment(
          request.getString(0, StandardCharsets.US_ASCII.name()),
          (request.getShort(NetAbi.IFREQ_FLAGS) & NetAbi.IFF_VNET_HDR) != 0);
    }
  }

  /**
   * Whether packets come to this queue. A detached one has lost those that waited in it; what is
   * written to it is sent all the same.
   *
   * @throws LinuxException EBADFD or ENOTTY when it is no tap
   */
  public boolean isQueueAttached() throws LinuxException {
    try (Memory request = interfaceRequest()) {
      return (request.getShort(NetAbi.IFREQ_FLAGS) & NetAbi.IFF_DETACH_QUEUE) == 0;
    }
  }

  /**
   * Attaches or detaches this queue.
   *
   * @throws LinuxException EINVAL when it is so already, or the tap may have but one queue
   */
  public void setQueueAttached(boolean on) throws LinuxException {
    try (Memory request = new Memory(NetAbi.IFREQ_SIZE)) {
      request.clear();
      int flag = on ? NetAbi.IFF_ATTACH_QUEUE : NetAbi.IFF_DETACH_QUEUE;
      request.setShort(NetAbi.IFREQ_FLAGS, (short) flag);
      call("TUNSETQUEUE", NetAbi.TUNSETQUEUE, request);
    }
  }

  private Memory interfaceRequest() throws LinuxException {
    var request = new Memory(NetAbi.IFREQ_SIZE);
    request.clear();
    try {
      call("TUNGETIFF", NetAbi.TUNGETIFF, request);
      return request;
    } catch (LinuxException e) {
      request.close();
      throw e;
    }
  }

  /** Whether the interface stays when the last open file is closed. */
  public void setPersistent(boolean on) throws LinuxException {
    set("TUNSETPERSIST", NetAbi.TUNSETPERSIST, on ? 1 : 0);
  }

  /** The user who may attach without CAP_NET_ADMIN. */
  public void setOwner(int uid) throws LinuxException {
    set("TUNSETOWNER", NetAbi.TUNSETOWNER, uid);
  }

  /** Which large or unchecked packets the reader of this tap takes: OFFLOAD_ bits. */
  public void setOffloads(int offloads) throws LinuxException {
    set("TUNSETOFFLOAD", NetAbi.TUNSETOFFLOAD, offloads);
  }

  /** Bytes of the virtio header before each packet: 10 or 12. */
  public int vnetHeaderSize() throws LinuxException {
    int[] size = new int[1];
    reference("TUNGETVNETHDRSZ", NetAbi.TUNGETVNETHDRSZ, size);
    return size[0];
  }

  /** Sets the bytes of the virtio header. */
  public void setVnetHeaderSize(int bytes) throws LinuxException {
    reference("TUNSETVNETHDRSZ", NetAbi.TUNSETVNETHDRSZ, new int[] {bytes});
  }

  /** Whether the interface's link is up. */
  public void setCarrier(boolean on) throws LinuxException {
    reference("TUNSETCARRIER", NetAbi.TUNSETCARRIER, new int[] {on ? 1 : 0});
  }

  /**
   * What every holder of the open file can change for all others.
   *
   * @param sendBuffer bytes that may stand in its queue towards the host
   * @param address the interface's own link address: six bytes as hexadecimal digits
   */
  public record State(int sendBuffer, String address) {}

  /** Its state, to be put back as it was; the header's size is {@link #vnetHeaderSize}. */
  public State state() throws LinuxException {
    int[] buffer = new int[1];
    reference("TUNGETSNDBUF", NetAbi.TUNGETSNDBUF, buffer);
    try (Memory request = address()) {
      byte[] bytes = request.getByteArray(NetAbi.IFREQ_ADDRESS, ADDRESS_BYTES);
      return new State(buffer[0], HexFormat.of().formatHex(bytes));
    }
  }

  /** Puts a state back: carrier on, no filter of either kind, buffer and address as they were. */
  public void restore(State state) throws LinuxException {
    setCarrier(true);
    try (Memory nothing = new Memory(16)) {
      nothing.clear(); // no addresses in struct tun_filter: all packets pass
      call("TUNSETTXFILTER", NetAbi.TUNSETTXFILTER, nothing);
      try {
        call("TUNDETACHFILTER", NetAbi.TUNDETACHFILTER, nothing);
      } catch (LinuxException e) {
        if (!e.isNoEntry()) {
          throw e; // ENOENT: there is none
        }
      }
    }
    reference("TUNSETSNDBUF", NetAbi.TUNSETSNDBUF, new int[] {state.sendBuffer});
    if (!state().address.equals(state.address)) {
      try (Memory request = address()) {
        request.write(
            NetAbi.IFREQ_ADDRESS, HexFormat.of().parseHex(state.address), 0, ADDRESS_BYTES);
        call("SIOCSIFHWADDR", NetAbi.SIOCSIFHWADDR, request);
      }
    }
  }

  private Memory address() throws LinuxException {
    var request = new Memory(NetAbi.IFREQ_SIZE);
    request.clear();
    try {
      call("SIOCGIFHWADDR", NetAbi.SIOCGIFHWADDR, request);
      return request;
    } catch (LinuxException e) {
      request.close();
      throw e;
    }
  }

  private void call(String name, int request, Memory argument) throws LinuxException {
    try {
      TapNative.ioctl(fd.number(), Integer.toUnsignedLong(request), argument);
    } catch (LastErrorException e) {
      throw LinuxException.from(name, e);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private void set(String name, int request, long value) throws LinuxException {
    try {
      TapNative.ioctl(fd.number(), Integer.toUnsignedLong(request), value);
    } catch (LastErrorException e) {
      throw LinuxException.from(name, e);
    }
  }

  private void reference(String name, int request, int[] value) throws LinuxException {
    try {
      TapNative.ioctl(fd.number(), Integer.toUnsignedLong(request), value);
    } catch (LastErrorException e) {
      throw LinuxException.from(name, e);
    }
  }
}
