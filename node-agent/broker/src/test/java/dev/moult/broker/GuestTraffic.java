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
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The test as a guest on the other end of the tap, and as somebody outside the pod. */
final class GuestTraffic {
  private static final int HEADER = 10; // virtio_net_hdr, as a new tap has it
  private static final int ETHERNET = 14;
  private static final int IP = 20;
  private static final int UDP = 8;
  private static final byte[] GUEST_MAC = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

  private GuestTraffic() {}

  /**
   * A datagram to the pod's address reaches the guest; its answer and its own carry that address.
   */
  static void check(PidFd anchor) throws Exception {
    try (ProcDirectory proc = ProcDirectory.of(anchor);
        Fd pod = proc.networkNamespace();
        Fd outside = NetworkNamespace.create();
        Fd tap = anchor.getFd(Slots.TAP);
        DatagramSocket socket = socketOutside(pod, outside)) {
      socket.setSoTimeout(5000);
      send(outside, socket, new byte[] {10, (byte) 213, 0, 2}, 7777);

      ByteBuffer frame = datagram(tap);
      assertThat(address(frame, 16)).as("to the guest").isEqualTo("10.0.2.2");
      assertThat(address(frame, 12)).as("from outside, as it is").isEqualTo("10.213.0.1");
      assertThat(frame.getShort(HEADER + ETHERNET + IP + 2)).isEqualTo((short) 7777);
      assertThat(payload(frame)).isEqualTo("ping");

      FileIo.write(tap, answer(frame, 7777));
      InetSocketAddress answered = receive(socket);
      assertThat(answered.getAddress().getHostAddress()).isEqualTo("10.213.0.2");
      assertThat(answered.getPort()).isEqualTo(7777);

      FileIo.write(tap, answer(frame, 5555)); // from another port: a datagram of the guest's own
      InetSocketAddress own = receive(socket);
      assertThat(own.getAddress().getHostAddress()).as("masqueraded").isEqualTo("10.213.0.2");
    }
  }

  /**
   * Of what comes from outside, a datagram to UDP port 7777 of the pod's address alone reaches the
   * guest.
   */
  static void checkOnePort(PidFd anchor) throws Exception {
    try (ProcDirectory proc = ProcDirectory.of(anchor);
        Fd pod = proc.networkNamespace();
        Fd outside = NetworkNamespace.create();
        Fd tap = anchor.getFd(Slots.TAP);
        DatagramSocket socket = socketOutside(pod, outside)) {
      send(outside, socket, new byte[] {10, (byte) 213, 0, 2}, 7778);
      NetworkNamespace.call(
          outside,
          () -> {
            TestPod.run("ip", "route", "add", "10.0.2.2", "via", "10.213.0.2");
            return true;
          });
      send(outside, socket, new byte[] {10, 0, 2, 2}, 7779);
      send(outside, socket, new byte[] {10, (byte) 213, 0, 2}, 7777);

      ByteBuffer first = datagram(tap);
      assertThat(first.getShort(HEADER + ETHERNET + IP + 2)).isEqualTo((short) 7777);
    }
  }

  private static void send(Fd outside, DatagramSocket socket, byte[] address, int port)
      throws Exception {
    NetworkNamespace.call(
        outside,
        () -> {
          byte[] ping = "ping".getBytes(StandardCharsets.UTF_8);
          socket.send(
              new DatagramPacket(ping, ping.length, InetAddress.getByAddress(address), port));
          return true;
        });
  }

  /** Moves the far end of the pod's link outside and opens a socket there. */
  private static DatagramSocket socketOutside(Fd pod, Fd outside) throws Exception {
    String there = "/proc/" + ProcessHandle.current().pid() + "/fd/" + outside.number();
    NetworkNamespace.call(
        pod,
        () -> {
          TestPod.run("ip", "link", "set", "peer0", "netns", there);
          TestPod.run(
              "ip", "neigh", "replace", "10.0.2.2", "lladdr", "52:54:00:12:34:56", "dev", "tap0");
          return true;
        });
    return NetworkNamespace.call(
        outside,
        () -> {
          TestPod.run("ip", "address", "add", "10.213.0.1/24", "dev", "peer0");
          TestPod.run("ip", "link", "set", "peer0", "up");
          return new DatagramSocket();
        });
  }

  private static InetSocketAddress receive(DatagramSocket socket) throws Exception {
    var packet = new DatagramPacket(new byte[64], 64);
    socket.receive(packet);
    assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
        .isEqualTo("ping");
    return (InetSocketAddress) packet.getSocketAddress();
  }

  /** The next UDP frame that the kernel sends to the guest. */
  private static ByteBuffer datagram(Fd tap) throws Exception {
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    while (Poll.readable(tap, deadline)) {
      ByteBuffer frame = ByteBuffer.wrap(FileIo.read(tap, 2048));
      boolean ipv4 = frame.getShort(HEADER + 12) == 0x0800;
      if (ipv4 && frame.get(HEADER + ETHERNET + 9) == 17) {
        return frame;
      }
    }
    throw new AssertionError("no datagram reached the guest");
  }

  private static String address(ByteBuffer frame, int offset) throws Exception {
    var bytes = new byte[4];
    frame.get(HEADER + ETHERNET + offset, bytes);
    return InetAddress.getByAddress(bytes).getHostAddress();
  }

  private static String payload(ByteBuffer frame) {
    var bytes = new byte[4];
    frame.get(HEADER + ETHERNET + IP + UDP, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The same datagram back to its sender, from a port of the guest's. */
  private static byte[] answer(ByteBuffer frame, int port) {
    var answer = ByteBuffer.allocate(HEADER + ETHERNET + IP + UDP + 4);
    var mac = new byte[6];
    frame.get(HEADER + 6, mac);
    answer.position(HEADER);
    answer.put(mac).put(GUEST_MAC).putShort((short) 0x0800);
    var ip = ByteBuffer.allocate(IP);
    ip.put((byte) 0x45).put((byte) 0).putShort((short) (IP + UDP + 4)).putInt(0);
    ip.put((byte) 64).put((byte) 17).putShort((short) 0);
    ip.putInt(frame.getInt(HEADER + ETHERNET + 16)).putInt(frame.getInt(HEADER + ETHERNET + 12));
    ip.putShort(10, checksum(ip));
    answer.put(ip.array());
    answer.putShort((short) port).putShort(frame.getShort(HEADER + ETHERNET + IP));
    answer.putShort((short) (UDP + 4)).putShort((short) 0); // no checksum
    answer.put("ping".getBytes(StandardCharsets.UTF_8));
    return answer.array();
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
}
