package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.Slots;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The test as a guest that has the address of one of the pod's links, and as a neighbour there. */
final class BridgeTraffic implements AutoCloseable {
  private static final int HEADER = 10; // virtio_net_hdr, as a new tap has it
  private static final int ETHERNET = 14;
  private static final int IP = 20;
  private static final short ARP = 0x0806;
  private static final short IPV4 = 0x0800;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final String TAGGED =
      "add table bridge seen; add chain bridge seen rx { type filter hook prerouting priority 0; };"
          + " add rule bridge seen rx ether type 8021q counter";
  private static final byte[] OTHER_MAC = {0x02, 1, 2, 3, 4, 5};

  /**
   * Which link.
   *
   * @param slot of the guest's tap for it
   * @param peer its other end, in the pod's namespace still
   * @param net first three numbers of the addresses
   * @param table its bridge's rules
   */
  record Side(int slot, String peer, String net, String table) {
    static final Side POD = new Side(Slots.TAP, "peer0", "10.213.0.", "moult");

    /** That of {@code net1}, {@code net2}, … */
    static Side further(int number, int nic) {
      return new Side(
          Slots.tap(nic), "peer" + number, "10.213." + number + ".", "moult_net" + number);
    }
  }

  private final Side side;
  private final String guest;
  private final String foreign;
  private final String neighbour;
  private final ProcDirectory proc;
  private final Fd pod;
  private final Fd outside;
  private final Fd tap;
  private final DatagramSocket socket;
  private final DatagramSocket dhcp;
  private final byte[] mac;
  private byte[] neighbourMac = BROADCAST;

  BridgeTraffic(PidFd anchor, String mac) throws Exception {
    this(anchor, mac, Side.POD);
  }

  BridgeTraffic(PidFd anchor, String mac, Side side) throws Exception {
    this.side = side;
    guest = side.net + "2";
    foreign = side.net + "9";
    neighbour = side.net + "1";
    this.mac = HexFormat.ofDelimiter(":").parseHex(mac);
    proc = ProcDirectory.of(anchor);
    pod = proc.networkNamespace();
    outside = NetworkNamespace.create();
    tap = anchor.getFd(side.slot);
    String there = "/proc/" + ProcessHandle.current().pid() + "/fd/" + outside.number();
    NetworkNamespace.call(
        pod,
        () -> {
          TestPod.run("ip", "link", "set", side.peer, "netns", there);
          return true;
        });
    socket = NetworkNamespace.call(outside, this::prepareOutside);
    dhcp = NetworkNamespace.call(outside, () -> new DatagramSocket(67));
    socket.setSoTimeout(5000);
    dhcp.setSoTimeout(5000);
  }

  /**
   * A node whose bridge sends back what it floods, and that believes everybody; it counts what has
   * a VLAN tag.
   */
  private DatagramSocket prepareOutside() throws Exception {
    TestPod.run("ip", "link", "add", "node0", "type", "bridge");
    TestPod.run("ip", "link", "set", side.peer, "master", "node0", "up");
    TestPod.run("ip", "link", "set", side.peer, "type", "bridge_slave", "hairpin", "on");
    TestPod.run("ip", "address", "add", neighbour + "/24", "dev", "node0");
    TestPod.run("ip", "link", "set", "node0", "up");
    TestPod.run("nft", TAGGED);
    for (String link : new String[] {"all", "node0"}) {
      Path conf = Path.of("/proc/sys/net/ipv4/conf").resolve(link);
      Files.writeString(conf.resolve("rp_filter"), "0");
      Files.writeString(conf.resolve("arp_accept"), "1");
    }
    return new DatagramSocket(4444);
  }

  /** ARP and datagrams, begun from either side. */
  void goesBothWays() throws Exception {
    output(outside, "ip", "neigh", "flush", "dev", "node0");
    send(socket, 7777, "ping");
    ByteBuffer question = next(ARP, -1);
    assertThat(question.getShort(HEADER + ETHERNET + 6)).as("who has").isEqualTo((short) 1);
    neighbourMac = bytes(question, HEADER + 6, 6);
    FileIo.write(tap, arp(2, mac, mac, guest));
    ByteBuffer frame = next(IPV4, 17);
    assertThat(bytes(frame, HEADER, 6)).as("to the guest's MAC").isEqualTo(mac);
    assertThat(address(frame, 12)).as("from outside, as it is").isEqualTo(neighbour);
    assertThat(address(frame, 16)).isEqualTo(guest);
    assertThat(port(frame, 2)).isEqualTo(7777);

    FileIo.write(tap, udp(mac, guest, neighbour, 7777, 4444, "pong"));
    assertThat(received(socket)).isEqualTo("pong from " + guest);

    FileIo.write(tap, arp(1, mac, mac, guest));
    assertThat(next(ARP, -1).getShort(HEADER + ETHERNET + 6)).as("is at").isEqualTo((short) 2);
  }

  /** Frames that are not the guest's own stay here; without the rules they would not. */
  void staysItself() throws Exception {
    Map<String, byte[]> others = new LinkedHashMap<>();
    others.put("addr", udp(mac, foreign, neighbour, 7777, 4444, "addr"));
    others.put("mac.", udp(OTHER_MAC, guest, neighbour, 7777, 4444, "mac."));
    byte[] discover = udp(mac, "0.0.0.0", "255.255.255.255", 68, 67, "dhcp", BROADCAST);
    for (byte[] frame : others.values()) {
      FileIo.write(tap, frame);
    }
    FileIo.write(tap, discover);
    FileIo.write(tap, tagged(udp(mac, guest, neighbour, 7777, 4444, "vlan")));
    FileIo.write(tap, arp(2, mac, mac, foreign));
    FileIo.write(tap, arp(2, mac, OTHER_MAC, guest));
    FileIo.write(tap, udp(mac, guest, neighbour, 7777, 67, "own."));
    FileIo.write(tap, udp(mac, guest, neighbour, 7777, 4444, "own."));

    assertThat(received(dhcp)).isEqualTo("own. from " + guest);
    assertThat(received(socket)).isEqualTo("own. from " + guest);
    String own = HexFormat.ofDelimiter(":").formatHex(mac);
    assertThat(neighbours()).contains(guest + " lladdr " + own).doesNotContain(foreign);

    assertThat(tagged()).contains("packets 0 ");

    send(dhcp, 68, "offr");
    send(socket, 7777, "real");
    assertThat(port(next(IPV4, 17), 2)).as("no offer of a stranger's").isEqualTo(7777);

    inPod("nft", "delete", "table", "bridge", side.table);
    Set<String> came = new TreeSet<>();
    for (byte[] frame : others.values()) {
      FileIo.write(tap, frame);
      came.add(received(socket).substring(0, 4));
    }
    FileIo.write(tap, discover);
    FileIo.write(tap, tagged(udp(mac, guest, neighbour, 7777, 4444, "vlan")));
    FileIo.write(tap, arp(2, mac, mac, foreign));
    assertThat(came).as("without the rules").isEqualTo(others.keySet());
    assertThat(received(dhcp)).startsWith("dhcp");
    FileIo.write(tap, udp(mac, guest, neighbour, 7777, 4444, "own."));
    assertThat(received(socket)).startsWith("own.");
    assertThat(neighbours()).contains(foreign);
    assertThat(tagged()).contains("packets 1 ");
  }

  /** On a network without addresses: all is let through but another's MAC address. */
  void passesFrames() throws Exception {
    FileIo.write(tap, udp(OTHER_MAC, guest, neighbour, 7777, 4444, "mac."));
    FileIo.write(tap, arp(2, mac, OTHER_MAC, guest));
    FileIo.write(tap, udp(mac, foreign, neighbour, 7777, 4444, "any."));
    assertThat(received(socket)).isEqualTo("any. from " + foreign);
    FileIo.write(tap, udp(mac, "0.0.0.0", "255.255.255.255", 68, 67, "dhcp", BROADCAST));
    assertThat(received(dhcp)).as("a DHCP server of that network").startsWith("dhcp");
    FileIo.write(tap, tagged(udp(mac, guest, neighbour, 7777, 4444, "vlan")));
    FileIo.write(tap, arp(2, mac, mac, guest));
    send(socket, 7777, "back");
    assertThat(port(next(IPV4, 17), 2)).isEqualTo(7777);
    assertThat(neighbours())
        .contains(guest + " lladdr " + HexFormat.ofDelimiter(":").formatHex(mac))
        .doesNotContain(HexFormat.ofDelimiter(":").formatHex(OTHER_MAC));
    assertThat(tagged()).contains("packets 1 ");
  }

  /** With tcp/80 and udp/7777: nothing else is begun from outside, and the guest is answered. */
  void opensPorts() throws Exception {
    send(socket, 7778, "shut");
    FileIo.write(tap, arp(2, mac, mac, guest));
    neighbourMac = bytes(next(ARP, -1), HEADER + 6, 6);
    send(socket, 7777, "open");
    assertThat(port(next(IPV4, 17), 2)).isEqualTo(7777);

    FileIo.write(tap, udp(mac, guest, neighbour, 5555, 4444, "ask."));
    assertThat(received(socket)).isEqualTo("ask. from " + guest);
    send(socket, 5556, "shut");
    send(socket, 5555, "told");
    assertThat(port(next(IPV4, 17), 2)).as("an answer to the guest's own").isEqualTo(5555);

    dial(81);
    dial(80);
    ByteBuffer syn = next(IPV4, 6);
    assertThat(port(syn, 2)).isEqualTo(80);
  }

  private void dial(int port) throws Exception {
    NetworkNamespace.call(
        outside,
        () -> {
          try (var dialled = new Socket()) {
            dialled.connect(new InetSocketAddress(guest, port), 300);
            throw new AssertionError("nobody answers here");
          } catch (SocketTimeoutException expected) {
            return true;
          }
        });
  }

  private void send(DatagramSocket from, int port, String text) throws Exception {
    byte[] data = text.getBytes(StandardCharsets.US_ASCII);
    from.send(new DatagramPacket(data, data.length, InetAddress.getByName(guest), port));
  }

  private static String received(DatagramSocket at) throws IOException {
    var packet = new DatagramPacket(new byte[64], 64);
    at.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII)
        + " from "
        + packet.getAddress().getHostAddress();
  }

  private String tagged() throws Exception {
    return output(outside, "nft", "list", "table", "bridge", "seen");
  }

  private String neighbours() throws Exception {
    return output(outside, "ip", "neigh", "show", "dev", "node0").replace(" dev node0", "");
  }

  /** Runs a command in the pod's network namespace. */
  String inPod(String... command) throws Exception {
    return output(pod, command);
  }

  /** Starts a command in the pod's network namespace; the caller ends it. */
  Process startInPod(String... command) throws Exception {
    return NetworkNamespace.call(pod, () -> new ProcessBuilder(command).start());
  }

  static String output(Fd namespace, String... command) throws Exception {
    return NetworkNamespace.call(
        namespace,
        () -> {
          Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
          String text = new String(process.getInputStream().readAllBytes());
          assertThat(process.waitFor()).as(text).isZero();
          return text;
        });
  }

  /** The next frame for the guest of a type and, of IPv4, a protocol. */
  private ByteBuffer next(short type, int protocol) throws Exception {
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    while (Poll.readable(tap, deadline)) {
      ByteBuffer frame = ByteBuffer.wrap(FileIo.read(tap, 2048));
      boolean fits = frame.getShort(HEADER + 12) == type;
      if (fits && (type != IPV4 || frame.get(HEADER + ETHERNET + 9) == protocol)) {
        return frame;
      }
    }
    throw new AssertionError("nothing of that kind reached the guest");
  }

  private byte[] arp(int operation, byte[] source, byte[] sender, String address) throws Exception {
    return ByteBuffer.allocate(HEADER + ETHERNET + 28)
        .put(new byte[HEADER])
        .put(BROADCAST)
        .put(source)
        .putShort(ARP)
        .putShort((short) 1)
        .putShort(IPV4)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) operation)
        .put(sender)
        .put(InetAddress.getByName(address).getAddress())
        .put(new byte[6])
        .put(InetAddress.getByName(neighbour).getAddress())
        .array();
  }

  private byte[] udp(byte[] source, String from, String to, int port, int toPort, String text)
      throws Exception {
    return udp(source, from, to, port, toPort, text, neighbourMac);
  }

  private static byte[] udp(
      byte[] source, String from, String to, int port, int toPort, String text, byte[] toMac)
      throws Exception {
    byte[] data = text.getBytes(StandardCharsets.US_ASCII);
    var ip = ByteBuffer.allocate(IP);
    ip.put((byte) 0x45).put((byte) 0).putShort((short) (IP + 8 + data.length)).putInt(0);
    ip.put((byte) 64).put((byte) 17).putShort((short) 0);
    ip.put(InetAddress.getByName(from).getAddress()).put(InetAddress.getByName(to).getAddress());
    ip.putShort(10, checksum(ip));
    return ByteBuffer.allocate(HEADER + ETHERNET + IP + 8 + data.length)
        .put(new byte[HEADER])
        .put(toMac)
        .put(source)
        .putShort(IPV4)
        .put(ip.array())
        .putShort((short) port)
        .putShort((short) toPort)
        .putShort((short) (8 + data.length))
        .putShort((short) 0) // no checksum
        .put(data)
        .array();
  }

  /** The same frame on VLAN 5. */
  private static byte[] tagged(byte[] frame) {
    return ByteBuffer.allocate(frame.length + 4)
        .put(frame, 0, HEADER + 12)
        .putInt(0x81000005)
        .put(frame, HEADER + 12, frame.length - HEADER - 12)
        .array();
  }

  private static byte[] bytes(ByteBuffer frame, int offset, int count) {
    var bytes = new byte[count];
    frame.get(offset, bytes);
    return bytes;
  }

  private static String address(ByteBuffer frame, int offset) throws Exception {
    return InetAddress.getByAddress(bytes(frame, HEADER + ETHERNET + offset, 4)).getHostAddress();
  }

  private static int port(ByteBuffer frame, int offset) {
    return Short.toUnsignedInt(frame.getShort(HEADER + ETHERNET + IP + offset));
  }

  private static short checksum(ByteBuffer header) {
    int sum = 0;
    for (int i = 0; i < IP; i += 2) {
      sum += Short.toUnsignedInt(header.getShort(i));
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (short) ~sum;
  }

  @Override
  public void close() {
    socket.close();
    dhcp.close();
    tap.close();
    outside.close();
    pod.close();
    proc.close();
  }
}
