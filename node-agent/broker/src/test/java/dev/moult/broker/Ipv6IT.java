package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest's IPv6: real broker, real namespaces, the guest a kernel of its own, and beside the
 * anchor the server of the launcher's image. Needs root.
 */
class Ipv6IT {
  private static final String GUEST = "fd10:0:2::2";
  private static final String GATEWAY = "fd10:0:2::1";
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SHORT_MILLIS = 2_000;

  /** What the kubelet writes there, and the server begins with. */
  private static final String SERVER =
      """
      mount -t tmpfs tmpfs "$1/etc" && cp "$2/dhcp" "$2/router.so" "$1/etc/" &&
      printf 'nameserver 10.96.0.10\\nnameserver fd96::a\\nnameserver fe80::1%%eth0\\nsearch it.example\\n' \
        >"$1/etc/resolv.conf" &&
      MOULT_IN_ROOT_USER=100107:100107 exec "$3" "$1" /bin/sh /etc/dhcp 10.0.2.2 10.0.2.1 255.255.255.0
      """;

  @TempDir Path directory;
  private final List<TestPod> pods = new ArrayList<>();
  private TestBroker broker;

  @BeforeEach
  void start() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: namespaces, cgroups");
    Files.createDirectories(directory.resolve("kubelet/pods"));
    broker = new TestBroker(directory).start();
  }

  @AfterEach
  void stop() throws Exception {
    if (broker != null) {
      broker.close();
    }
    for (TestPod pod : pods) {
      pod.close();
    }
  }

  @Test
  void the_guest_is_told_of_ipv6_and_is_the_pod_towards_the_world() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      world.inPod("ip", "link", "set", "dev", "eth0", "mtu", "1400");
      assertThat(broker.ask(network(anchor))).isEqualTo(new Answer.NetworkMade(1400, "10.213.0.2"));
      launch(anchor);
      serve(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process)) {
        isConnected(world, guest);
        assertThat(guest.run("cat", "/proc/sys/net/ipv6/conf/eth0/mtu")).isEqualTo("1400");
        assertThat(broker.ask(network(anchor))).as("again").isNotNull();
        isReached(world, guest);
        isTheSameByIpv4(world, guest);
      }
    }
  }

  @Test
  void a_pod_with_ipv6_alone_has_a_guest_with_that_alone() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      world.inPod("ip", "-4", "address", "flush", "dev", "eth0");
      assertThat(broker.ask(network(anchor))).isEqualTo(new Answer.NetworkMade(1500, PodIpv6.POD));
      launch(anchor);
      serve(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process)) {
        isConnected(world, guest);
        assertThat(world.inPod("ip", "-4", "address", "show", "dev", "tap0")).isEmpty();
        assertThat(world.inPod("nft", "list", "tables")).doesNotContain("table ip moult");
      }
    }
  }

  @Test
  void a_pod_without_ipv6_has_a_guest_without_it() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      world.inPod("ip", "-6", "address", "flush", "dev", "eth0", "scope", "global");
      broker.ask(network(anchor));
      launch(anchor);

      assertThat(world.setting("tap0/disable_ipv6")).isEqualTo("1");
      assertThat(world.setting("all/forwarding")).isEqualTo("0");
      assertThat(world.inPod("nft", "list", "tables")).doesNotContain("ip6");
      assertThatThrownBy(() -> dialRouters(world.pod()).close())
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("ECONNREFUSED");
    }
  }

  /** An installer and the system that it leaves behind are two clients of the one address. */
  @Test
  void whoever_the_guest_becomes_is_given_the_address() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor));
      launch(anchor);
      serve(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process)) {
        awaitRouter(guest);
        assertThat(Dhcp6Client.ask(guest.namespace(), 1).address()).isEqualTo(canonical(GUEST));
        assertThat(Dhcp6Client.ask(guest.namespace(), 2).address()).isEqualTo(canonical(GUEST));
      }
    }
  }

  @Test
  void a_broker_that_comes_later_gives_the_guests_router_its_socket() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor));
      launch(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process)) {
        broker.kill();
        broker.start();

        serve(anchor);

        isConnected(world, guest);
      }
    }
  }

  @Test
  void nobody_but_the_pods_own_is_given_a_routers_socket() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor));

      try (UnixSocket stranger = dialRouters(world.pod())) {
        broker.logged("dial of a router refused");
        assertThat(stranger.receive(1, Deadline.in(PATIENCE)).isEnd()).isTrue();
      }

      broker.ask(new Request.Forget(anchor.uid));
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThatThrownBy(() -> dialRouters(world.pod()).close())
                  .isInstanceOf(LinuxException.class));
    }
  }

  /** With tcp/80 and udp/7777. */
  @Test
  void the_given_ports_alone_are_begun_from_outside() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor, "tcp/80", "udp/7777"));
      launch(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process)) {
        byHand(guest);
        world.outside("ip", "route", "add", GUEST, "via", PodIpv6.POD);
        try (ServerSocket open = PodIpv6.listen(guest.namespace(), 80);
            ServerSocket shut = PodIpv6.listen(guest.namespace(), 81);
            DatagramSocket hears = datagrams(guest.namespace(), "::", 7777)) {
          assertThat(called(world, PodIpv6.POD, open)).isEqualTo("hello " + neighbour());
          assertThatThrownBy(() -> called(world, PodIpv6.POD, shut))
              .as("the pod itself answers that nobody listens")
              .isInstanceOf(IOException.class);
          assertThatThrownBy(() -> called(world, GUEST, open))
              .as("past the pod's address")
              .isInstanceOf(SocketTimeoutException.class);
          try (DatagramSocket speaks = datagrams(world.outside(), "::", 0)) {
            say(world.outside(), speaks, GUEST, 7777, "past");
            say(world.outside(), speaks, PodIpv6.POD, 7777, "open");
            assertThat(heard(hears)).isEqualTo("open");
          }
        }
      }
    }
  }

  /** What the rules forbid is what would be possible without them. */
  @Test
  void the_guest_is_itself_alone_and_reaches_nothing_of_the_pod() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor));
      launch(anchor);
      try (PidFd process = process(anchor);
          var guest = new GuestKernel(process);
          ServerSocket own = PodIpv6.listen(world.pod(), 7000);
          DatagramSocket hears = datagrams(world.outside(), "::", 4444)) {
        byHand(guest);
        guest.run("ip", "address", "add", "fd10:0:2::3/120", "dev", "eth0", "nodad");
        String count =
            "add table ip6 seen; add chain ip6 seen rx { type filter hook prerouting priority 0; };"
                + " add rule ip6 seen rx icmpv6 type nd-router-advert counter";
        world.outside("nft", count);
        byte[] forged =
            PodIpv6.guestsAdvertisement(
                mac(world.inPod("ip", "-o", "link", "show", "dev", "tap0")),
                mac(guest.run("ip", "-o", "link", "show", "dev", "eth0")),
                GUEST,
                PodIpv6.NEIGHBOUR);
        try (DatagramSocket foreign = datagrams(guest.namespace(), "fd10:0:2::3", 5555);
            DatagramSocket mine = datagrams(guest.namespace(), GUEST, 5555)) {
          say(guest.namespace(), foreign, PodIpv6.NEIGHBOUR, 4444, "else");
          guest.send(forged);
          say(guest.namespace(), mine, PodIpv6.NEIGHBOUR, 4444, "mine");
          assertThat(heard(hears)).isEqualTo("mine");
          assertThat(advertisementsSeen(world)).isZero();
          assertThat(world.inPod("ip", "-6", "route", "show", "default", "dev", "tap0")).isEmpty();
          assertThatThrownBy(() -> PodIpv6.dial(guest.namespace(), GATEWAY, 7000, SHORT_MILLIS))
              .isInstanceOf(SocketTimeoutException.class);
          assertThatThrownBy(() -> PodIpv6.dial(guest.namespace(), PodIpv6.POD, 7000, SHORT_MILLIS))
              .isInstanceOf(SocketTimeoutException.class);

          world.inPod("nft", "delete", "table", "ip6", "moult");
          say(guest.namespace(), foreign, PodIpv6.NEIGHBOUR, 4444, "else");
          assertThat(heard(hears)).as("without the rules").isEqualTo("else");
          guest.send(forged);
          Awaitility.await()
              .atMost(PATIENCE)
              .untilAsserted(() -> assertThat(advertisementsSeen(world)).isEqualTo(1));
          PodIpv6.dial(guest.namespace(), GATEWAY, 7000, 5_000).close();
          own.accept().close();
        }
      }
    }
  }

  /** A link-local destination names its link itself, so it is the mark that holds them back. */
  @Test
  void what_a_router_sends_does_not_leave_by_the_pods_link() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      broker.ask(network(anchor));
      String mark =
          "add table ip6 marks; add chain ip6 marks o { type filter hook output priority -150; };"
              + " add rule ip6 marks o udp dport 4445 meta mark set 27958";
      world.inPod("nft", mark);
      try (DatagramSocket pods = datagrams(world.pod(), "::", 0);
          DatagramSocket plain = datagrams(world.outside(), "::", 4444)) {
        assertThatThrownBy(() -> say(world.pod(), pods, PodIpv6.NEIGHBOUR, 4445, "mark"))
            .isInstanceOf(SocketException.class)
            .hasMessageContaining("not permitted");
        say(world.pod(), pods, PodIpv6.NEIGHBOUR, 4444, "none");
        assertThat(heard(plain)).isEqualTo("none");
      }
    }
  }

  @Test
  void the_pod_goes_on_to_heed_the_routers_of_its_network() throws Exception {
    TestPod anchor = dialled();
    try (PodIpv6 world = new PodIpv6(namespace(anchor))) {
      isHeeded(world, "fe80::99");

      broker.ask(network(anchor));

      assertThat(routes(world)).as("what it was told before").contains("fe80::99");
      isHeeded(world, "fe80::98");
      assertThat(world.setting("all/forwarding")).isEqualTo("1");
      assertThat(world.setting("eth0/forwarding")).as("a host to its network").isEqualTo("0");
      assertThat(world.setting("tap0/accept_ra")).isEqualTo("0");
    }
  }

  private static void isHeeded(PodIpv6 world, String router) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          world.advertise(router);
          assertThat(routes(world)).contains("via " + router);
        });
  }

  private static String routes(PodIpv6 world) throws Exception {
    return world.inPod("ip", "-6", "route", "show", "default");
  }

  private static int advertisementsSeen(PodIpv6 world) throws Exception {
    String counted = world.outside("nft", "list", "table", "ip6", "seen");
    return Integer.parseInt(counted.replaceAll("(?s).*counter packets (\\d+) .*", "$1"));
  }

  /** The router is heard, the address is given, and both sides can call each other. */
  private static void isConnected(PodIpv6 world, GuestKernel guest) throws Exception {
    awaitRouter(guest);
    Dhcp6Client.Lease lease = Dhcp6Client.ask(guest.namespace(), 1);
    assertThat(lease)
        .isEqualTo(new Dhcp6Client.Lease(canonical(GUEST), -1, List.of(canonical("fd96::a"))));
    guest.run("ip", "address", "add", GUEST + "/128", "dev", "eth0", "nodad");
    isReached(world, guest);
  }

  /** The guest's kernel has understood an advertisement. */
  private static void awaitRouter(GuestKernel guest) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(guest.run("ip", "-6", "route", "show", "dev", "eth0"))
                .contains("default via fe80::1 proto ra")
                .contains("fd10:0:2::/120 "));
  }

  private static void isReached(PodIpv6 world, GuestKernel guest) throws Exception {
    try (ServerSocket server = PodIpv6.listen(guest.namespace(), 8080);
        ServerSocket outside = PodIpv6.listen(world.outside(), 9090)) {
      assertThat(called(world, PodIpv6.POD, server)).isEqualTo("hello " + neighbour());
      try (Socket caller = PodIpv6.dial(guest.namespace(), PodIpv6.NEIGHBOUR, 9090, 5_000)) {
        assertThat(PodIpv6.answer(outside, caller)).isEqualTo("hello " + canonical(PodIpv6.POD));
      }
    }
  }

  private static void isTheSameByIpv4(PodIpv6 world, GuestKernel guest) throws Exception {
    guest.run("ip", "address", "add", "10.0.2.2/24", "dev", "eth0");
    guest.run("ip", "route", "add", "default", "via", "10.0.2.1");
    try (ServerSocket server = PodIpv6.listen(guest.namespace(), 8081)) {
      assertThat(called(world, "10.213.0.2", server)).isEqualTo("hello " + PodIpv6.NEIGHBOUR4);
    }
  }

  /** What a guest has whom no server told. */
  private static void byHand(GuestKernel guest) throws Exception {
    guest.run("ip", "address", "add", GUEST + "/120", "dev", "eth0", "nodad");
    guest.run("ip", "-6", "route", "add", "default", "via", GATEWAY);
  }

  private static String called(PodIpv6 world, String address, ServerSocket server)
      throws Exception {
    try (Socket caller =
        PodIpv6.dial(world.outside(), address, server.getLocalPort(), SHORT_MILLIS)) {
      return PodIpv6.answer(server, caller);
    }
  }

  private static DatagramSocket datagrams(Fd namespace, String address, int port) throws Exception {
    return NetworkNamespace.call(
        namespace,
        () -> {
          var socket = new DatagramSocket(new InetSocketAddress(address, port));
          socket.setSoTimeout(5_000);
          return socket;
        });
  }

  private static void say(Fd namespace, DatagramSocket from, String to, int port, String text)
      throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NetworkNamespace.call(
        namespace,
        () -> {
          from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByName(to), port));
          return true;
        });
  }

  private static String heard(DatagramSocket socket) throws IOException {
    var packet = new DatagramPacket(new byte[64], 64);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  private static String neighbour() throws IOException {
    return canonical(PodIpv6.NEIGHBOUR);
  }

  /** As Java writes it. */
  private static String canonical(String address) throws IOException {
    return InetAddress.getByName(address).getHostAddress();
  }

  private static byte[] mac(String shown) {
    String[] words = shown.split("\\s+");
    return HexFormat.ofDelimiter(":").parseHex(words[List.of(words).indexOf("link/ether") + 1]);
  }

  private static UnixSocket dialRouters(Fd pod) throws Exception {
    return NetworkNamespace.call(
        pod,
        () ->
            UnixSocket.connectAbstract(
                UnixSocket.Type.SEQPACKET, "moult-router", Deadline.in(PATIENCE)));
  }

  private static Request.MakeNetwork network(TestPod anchor, String... ports) {
    return new Request.MakeNetwork(anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of(ports));
  }

  /** Begins the sidecar of an anchor: its program, in its image, as its user. */
  private void serve(TestPod anchor) throws Exception {
    Path files = Files.createDirectories(Path.of("target/dhcp").toAbsolutePath());
    Path source = REPOSITORY.resolve("images/java");
    TestPod.run(
        "gcc",
        "-shared",
        "-fPIC",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-std=gnu11",
        "-o",
        files.resolve("router.so").toString(),
        source.resolve("router.c").toString());
    TestPod.run("cp", source.resolve("dhcp").toString(), files.toString());
    anchor.startBeside(
        pid(anchor),
        List.of(
            "sh",
            "-c",
            SERVER,
            "sh",
            imageBase(),
            files.toString(),
            REPOSITORY.resolve("images/lib/in-root").toString()));
  }

  /** Debian's files in the launcher's image, made if need be. */
  private static String imageBase() throws Exception {
    Process process =
        new ProcessBuilder(REPOSITORY.resolve("images/build").toString(), "--base", "launcher")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return printed.strip();
  }

  private TestPod dialled() throws Exception {
    var pod = new TestPod(directory.resolve("kubelet"), Role.ANCHOR, UUID.randomUUID().toString());
    pods.add(pod);
    broker.ask(pod.expect());
    pod.mount();
    broker.logged("listening pod=" + pod.uid);
    pod.start();
    assertThat(broker.event(Event.Dialled.class).podUid()).isEqualTo(pod.uid);
    return pod;
  }

  private void launch(TestPod anchor) throws Exception {
    var plan =
        new Plan(
            List.of(
                new Operation.CreateRam(Slots.RAM, 32L << 20, 0),
                new Operation.Receive(Slots.MEET),
                new Operation.Receive(Slots.TAP)),
            List.of(),
            List.of());
    broker.ask(
        new Request.SendPlan(
            anchor.uid, anchor.uid, plan, List.of(new Source.Meeting(), new Source.Tap())));
    broker.event(Event.Launched.class);
  }

  private int pid(TestPod pod) throws Exception {
    return broker.ask(new Request.ListPods()).pods().stream()
        .filter(each -> each.podUid().equals(pod.uid))
        .findFirst()
        .orElseThrow()
        .pid();
  }

  private PidFd process(TestPod pod) throws Exception {
    return PidFd.open(pid(pod));
  }

  private Fd namespace(TestPod pod) throws Exception {
    try (PidFd process = process(pod);
        ProcDirectory proc = ProcDirectory.of(process)) {
      return proc.networkNamespace();
    }
  }
}
