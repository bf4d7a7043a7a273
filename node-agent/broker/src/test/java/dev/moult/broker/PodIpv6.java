package dev.moult.broker;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A test pod's link with IPv6, and the world behind it: a neighbour with a tap to speak raw by. */
final class PodIpv6 implements AutoCloseable {
  static final String POD = "fd88::2";
  static final String NEIGHBOUR = "fd88::1";
  static final String NEIGHBOUR4 = "10.213.0.1";
  private static final int VNET_HEADER = 10;
  private static final int ICMPV6 = 58;
  private static final byte ROUTER_ADVERTISEMENT = (byte) 134;
  private static final byte[] ALL_NODES_MAC = {0x33, 0x33, 0, 0, 0, 1};
  private static final byte[] ROUTERS_MAC = {0x02, 9, 9, 9, 9, 9};

  private final Fd pod;
  private final Fd outside;
  private final Tap raw;

  /** Gives the pod's link an IPv6 address and its other end a place of its own. */
  PodIpv6(Fd pod) throws Exception {
    this.pod = pod;
    outside = NetworkNamespace.create();
    String there = "/proc/" + ProcessHandle.current().pid() + "/fd/" + outside.number();
    inPod("ip", "link", "set", "peer0", "netns", there);
    raw =
        NetworkNamespace.call(
            outside,
            () -> {
              Tap tap = Tap.attach("raw0", false);
              TestPod.run("ip", "link", "add", "node0", "type", "bridge", "mcast_snooping", "0");
              TestPod.run("ip", "link", "set", "raw0", "master", "node0", "up");
              TestPod.run("ip", "link", "set", "peer0", "master", "node0", "up");
              TestPod.run("ip", "link", "set", "node0", "up");
              TestPod.run("ip", "address", "add", NEIGHBOUR4 + "/24", "dev", "node0");
              TestPod.run("ip", "address", "add", NEIGHBOUR + "/64", "dev", "node0", "nodad");
              return tap;
            });
    inPod("ip", "address", "add", POD + "/64", "dev", "eth0", "nodad");
    inPod("ip", "link", "set", "lo", "up");
    NetworkNamespace.call(
        pod,
        () -> Files.writeString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"), "67"));
  }

  Fd pod() {
    return pod;
  }

  Fd outside() {
    return outside;
  }

  String inPod(String... command) throws Exception {
    return GuestKernel.output(pod, command);
  }

  String outside(String... command) throws Exception {
    return GuestKernel.output(outside, command);
  }

  /** A switch of the pod's IPv6. */
  String setting(String name) throws Exception {
    return NetworkNamespace.call(
        pod, () -> Files.readString(Path.of("/proc/sys/net/ipv6/conf", name)).strip());
  }

  /** A router of the pod's network says that it is one. */
  void advertise(String router) throws Exception {
    FileIo.write(raw.fd(), advertisement(0, ALL_NODES_MAC, ROUTERS_MAC, router, "ff02::1"));
  }

  /** An advertisement of a guest's, with the header that its tap wants. */
  static byte[] guestsAdvertisement(byte[] to, byte[] from, String source, String destination)
      throws IOException {
    return advertisement(VNET_HEADER, to, from, source, destination);
  }

  private static byte[] advertisement(
      int header, byte[] to, byte[] from, String source, String destination) throws IOException {
    // Hop limit 64, neither managed nor other, a router for 1800 s, and no options.
    byte[] said =
        ByteBuffer.allocate(16).put(ROUTER_ADVERTISEMENT).putInt(4, 64 << 24 | 1800).array();
    byte[] addresses =
        ByteBuffer.allocate(32)
            .put(InetAddress.getByName(source).getAddress())
            .put(InetAddress.getByName(destination).getAddress())
            .array();
    var summed = ByteBuffer.allocate(40 + said.length);
    summed.put(addresses).putInt(said.length).putInt(ICMPV6).put(said);
    ByteBuffer.wrap(said).putShort(2, checksum(summed.array()));
    var frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[header]);
    frame.writeBytes(to);
    frame.writeBytes(from);
    frame.writeBytes(
        ByteBuffer.allocate(10)
            .putShort((short) 0x86dd)
            .putInt(6 << 28)
            .putShort((short) said.length)
            .put((byte) ICMPV6)
            .put((byte) 255)
            .array());
    frame.writeBytes(addresses);
    frame.writeBytes(said);
    return frame.toByteArray();
  }

  private static short checksum(byte[] bytes) {
    int sum = 0;
    for (ByteBuffer words = ByteBuffer.wrap(bytes); words.hasRemaining(); ) {
      sum += Short.toUnsignedInt(words.getShort());
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (short) ~sum;
  }

  /** Somebody who greets whoever calls, in a namespace; answers from where he was called. */
  static ServerSocket listen(Fd namespace, int port) throws Exception {
    return NetworkNamespace.call(
        namespace,
        () -> {
          var server = new ServerSocket();
          server.bind(new InetSocketAddress("::", port));
          server.setSoTimeout(5_000);
          return server;
        });
  }

  /** Calls from a namespace. */
  static Socket dial(Fd namespace, String address, int port, int millis) throws Exception {
    return NetworkNamespace.call(
        namespace,
        () -> {
          var socket = new Socket();
          socket.connect(new InetSocketAddress(InetAddress.getByName(address), port), millis);
          socket.setSoTimeout(5_000);
          return socket;
        });
  }

  /** Takes a call and says something; answers who called. */
  static String answer(ServerSocket server, Socket caller) throws IOException {
    try (Socket taken = server.accept()) {
      taken.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      taken.shutdownOutput();
      byte[] heard = caller.getInputStream().readAllBytes();
      return new String(heard, StandardCharsets.UTF_8)
          + " "
          + taken.getInetAddress().getHostAddress();
    }
  }

  @Override
  public void close() {
    raw.close();
    outside.close();
    pod.close();
  }
}
