package dev.moult.broker;

import dev.moult.linux.Fd;
import dev.moult.linux.net.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks for an address as a guest's system does (RFC 8415): solicits, and requests what it is told.
 */
final class Dhcp6Client {
  private static final byte SOLICIT = 1;
  private static final byte ADVERTISE = 2;
  private static final byte REQUEST = 3;
  private static final byte REPLY = 7;
  private static final int CLIENT = 1;
  private static final int SERVER = 2;
  private static final int IDENTITY = 3;
  private static final int ADDRESS = 5;
  private static final int WISHES = 6;
  private static final int NAME_SERVERS = 23;
  private static final int TRIES = 60;
  private static final String ALL_SERVERS = "ff020000000000000000000000010002";

  private final DatagramSocket socket;
  private final InetSocketAddress servers;
  private final byte[] name;

  private Dhcp6Client(DatagramSocket socket, InetSocketAddress servers, byte[] name) {
    this.socket = socket;
    this.servers = servers;
    this.name = name;
  }

  /**
   * What a client was told.
   *
   * @param address its one
   * @param lifetime seconds, -1 for ever
   */
  record Lease(String address, int lifetime, List<String> nameServers) {}

  /**
   * Asks on a guest's eth0.
   *
   * @param number tells this client from others
   */
  static Lease ask(Fd guest, int number) throws Exception {
    int link =
        Integer.parseInt(
            GuestKernel.output(guest, "ip", "-o", "link", "show", "eth0").split(":")[0]);
    var servers =
        new InetSocketAddress(
            Inet6Address.getByAddress(null, HexFormat.of().parseHex(ALL_SERVERS), link), 547);
    // DUID-EN, of nobody.
    byte[] name = ByteBuffer.allocate(10).putShort((short) 2).putInt(0).putInt(number).array();
    try (DatagramSocket socket =
        NetworkNamespace.call(guest, () -> new DatagramSocket(new InetSocketAddress("::", 546)))) {
      socket.setSoTimeout(500);
      return new Dhcp6Client(socket, servers, name).lease();
    }
  }

  private Lease lease() throws Exception {
    Map<Integer, byte[]> offer = exchange(SOLICIT, ADVERTISE, options -> {});
    byte[] server = Objects.requireNonNull(offer.get(SERVER));
    Map<Integer, byte[]> given = exchange(REQUEST, REPLY, options -> put(options, SERVER, server));
    ByteBuffer address = ByteBuffer.wrap(Objects.requireNonNull(addressOf(given)));
    var bytes = new byte[16];
    address.get(bytes);
    int preferred = address.getInt();
    int valid = address.getInt();
    if (preferred != valid) {
      throw new AssertionError("preferred for " + preferred + ", valid for " + valid);
    }
    return new Lease(InetAddress.getByAddress(bytes).getHostAddress(), valid, nameServers(given));
  }

  private interface More {
    void to(ByteArrayOutputStream options);
  }

  /** Says it again until it is answered with an address. */
  private Map<Integer, byte[]> exchange(byte type, byte answer, More more) throws Exception {
    var message = new ByteArrayOutputStream();
    message.writeBytes(new byte[] {type, 'm', 'o', type});
    put(message, CLIENT, name);
    put(message, IDENTITY, new byte[12]);
    put(message, WISHES, new byte[] {0, NAME_SERVERS});
    more.to(message);
    for (int i = 0; i < TRIES; i++) {
      socket.send(new DatagramPacket(message.toByteArray(), message.size(), servers));
      var packet = new DatagramPacket(new byte[1500], 1500);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        continue;
      }
      ByteBuffer said = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
      if (said.getInt() == (answer << 24 | 'm' << 16 | 'o' << 8 | type)) {
        Map<Integer, byte[]> options = options(said);
        if (addressOf(options) != null) {
          return options;
        }
      }
    }
    throw new AssertionError("no address was given");
  }

  private static byte @Nullable [] addressOf(Map<Integer, byte[]> options) {
    byte[] identity = options.get(IDENTITY);
    return identity == null
        ? null
        : options(ByteBuffer.wrap(identity, 12, identity.length - 12)).get(ADDRESS);
  }

  private static List<String> nameServers(Map<Integer, byte[]> options) throws Exception {
    var all = new ArrayList<String>();
    ByteBuffer told = ByteBuffer.wrap(options.getOrDefault(NAME_SERVERS, new byte[0]));
    while (told.hasRemaining()) {
      var bytes = new byte[16];
      told.get(bytes);
      all.add(InetAddress.getByAddress(bytes).getHostAddress());
    }
    return all;
  }

  private static Map<Integer, byte[]> options(ByteBuffer in) {
    var all = new TreeMap<Integer, byte[]>();
    while (in.remaining() >= 4) {
      int code = in.getShort();
      var value = new byte[in.getShort()];
      in.get(value);
      all.put(code, value);
    }
    return all;
  }

  private static void put(ByteArrayOutputStream out, int code, byte[] value) {
    out.writeBytes(
        ByteBuffer.allocate(4).putShort((short) code).putShort((short) value.length).array());
    out.writeBytes(value);
  }
}
