package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.LoopbackListener;
import dev.moult.wire.Slots;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Who reaches the port of a guest's screen: somebody in the pod; the guest, and a neighbour in the
 * pod network, only once the rule is away. The pod's network is set as loosely as a node can make
 * it, or the kernel would refuse them without the rule.
 */
final class ScreenReach {
  private static final int PATIENCE_MILLIS = 1_000;
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4/conf");
  private static final int HEADER = 10; // virtio_net_hdr, as a new tap has it
  private static final int ETHERNET = 14;
  private static final int IP = 20;
  private static final int TCP = 20;
  private static final byte[] GUEST_MAC = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

  private ScreenReach() {}

  static void check(PidFd anchor, LoopbackListener screen, int port) throws Exception {
    try (ProcDirectory proc = ProcDirectory.of(anchor);
        Fd pod = proc.networkNamespace();
        Fd outside = NetworkNamespace.create();
        Fd tap = anchor.getFd(Slots.TAP)) {
      byte[] gateway = prepare(pod, outside);

      dial(pod, port).close();
      assertThat(screen.accept()).as("from inside the pod").isPresent();

      assertThatThrownBy(() -> dial(outside, port)).isInstanceOf(SocketTimeoutException.class);
      assertThat(isAnswered(tap, gateway, port)).as("the guest's own call").isFalse();
      assertThat(screen.accept()).isEmpty();

      NetworkNamespace.call(
          pod,
          () -> {
            TestPod.run("nft", "delete", "table", "ip", "moult_screen");
            return true;
          });
      assertThat(isAnswered(tap, gateway, port))
          .as("the guest's own call, without the rule")
          .isTrue();
      dial(outside, port).close();
    }
  }

  /** Answers the address of the tap's other side: TCP takes no frame that is sent to all. */
  private static byte[] prepare(Fd pod, Fd outside) throws Exception {
    String there = "/proc/" + ProcessHandle.current().pid() + "/fd/" + outside.number();
    byte[] gateway =
        NetworkNamespace.call(
            pod,
            () -> {
              TestPod.run("ip", "link", "set", "peer0", "netns", there);
              TestPod.run(
                  "ip",
                  "neigh",
                  "replace",
                  "10.0.2.2",
                  "lladdr",
                  "52:54:00:12:34:56",
                  "dev",
                  "tap0");
              loosen("all", "eth0", "tap0");
              return NetworkInterface.getByName("tap0").getHardwareAddress();
            });
    NetworkNamespace.call(
        outside,
        () -> {
          TestPod.run("ip", "address", "add", "10.213.0.1/24", "dev", "peer0");
          TestPod.run("ip", "link", "set", "peer0", "up");
          // Its own loopback is down: there is no nearer 127.0.0.1.
          loosen("all", "peer0");
          TestPod.run("ip", "route", "add", "127.0.0.1", "via", "10.213.0.2", "dev", "peer0");
          return true;
        });
    return gateway;
  }

  private static void loosen(String... links) throws IOException {
    for (String link : links) {
      Files.writeString(SETTINGS.resolve(link).resolve("route_localnet"), "1");
      Files.writeString(SETTINGS.resolve(link).resolve("rp_filter"), "0");
    }
  }

  private static Socket dial(Fd from, int port) throws Exception {
    return NetworkNamespace.call(
        from,
        () -> {
          var socket = new Socket();
          try {
            socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
            return socket;
          } catch (IOException e) {
            socket.close();
            throw e;
          }
        });
  }

  /**
   * Whether the guest's SYN to that port of 127.0.0.1 is answered; a SYN to a port of its gateway,
   * where nobody listens, is sent after it, and its refusal waited for.
   */
  private static boolean isAnswered(Fd tap, byte[] gateway, int port) throws Exception {
    FileIo.write(tap, syn(gateway, new byte[] {127, 0, 0, 1}, port));
    FileIo.write(tap, syn(gateway, new byte[] {10, 0, 2, 1}, port + 1));
    boolean answered = false;
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    while (Poll.readable(tap, deadline)) {
      ByteBuffer frame = ByteBuffer.wrap(FileIo.read(tap, 2048));
      boolean tcp = frame.getShort(HEADER + 12) == 0x0800 && frame.get(HEADER + ETHERNET + 9) == 6;
      if (tcp) {
        int from = Short.toUnsignedInt(frame.getShort(HEADER + ETHERNET + IP));
        if (from == port + 1) {
          return answered;
        }
        answered |= from == port;
      }
    }
    throw new AssertionError("the gateway did not refuse the guest");
  }

  /** A frame that begins a TCP connection from the guest. */
  private static byte[] syn(byte[] gateway, byte[] address, int port) {
    var ip = ByteBuffer.allocate(IP);
    ip.put((byte) 0x45).put((byte) 0).putShort((short) (IP + TCP)).putInt(0);
    ip.put((byte) 64).put((byte) 6).putShort((short) 0);
    ip.put(new byte[] {10, 0, 2, 2}).put(address);
    ip.putShort(10, sum(ip, 0));
    var tcp = ByteBuffer.allocate(TCP);
    tcp.putShort((short) 40_000).putShort((short) port).putInt(4711).putInt(0);
    tcp.put((byte) 0x50).put((byte) 0x02).putShort((short) 64_240).putInt(0);
    int pseudo = 6 + TCP;
    for (int i = 12; i < IP; i += 2) {
      pseudo += Short.toUnsignedInt(ip.getShort(i));
    }
    tcp.putShort(16, sum(tcp, pseudo));
    return ByteBuffer.allocate(HEADER + ETHERNET + IP + TCP)
        .put(new byte[HEADER])
        .put(gateway)
        .put(GUEST_MAC)
        .putShort((short) 0x0800)
        .put(ip.array())
        .put(tcp.array())
        .array();
  }

  private static short sum(ByteBuffer header, int begin) {
    int sum = begin;
    for (int i = 0; i < header.capacity(); i += 2) {
      sum += Short.toUnsignedInt(header.getShort(i));
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (short) ~sum;
  }
}
