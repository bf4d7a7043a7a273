package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.linux.Fd;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest with the pod's own address: real broker, real namespaces. Needs root. */
class BridgeIT {
  @TempDir Path directory;
  private final List<TestPod> pods = new ArrayList<>();

  /** Also while no broker is there to tell the pods' processes. */
  private final Map<TestPod, Fd> namespaces = new HashMap<>();

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
    namespaces.values().forEach(Fd::close);
    for (TestPod pod : pods) {
      pod.close();
    }
  }

  @Test
  void the_guest_has_the_pods_address_and_nobody_elses() throws Exception {
    TestPod anchor = dialled();
    String mac = mac(anchor);

    Answer.BridgeMade made = broker.ask(bridge(anchor));
    assertThat(made)
        .isEqualTo(new Answer.BridgeMade(1500, "10.213.0.2", 24, mac, "10.213.0.1", List.of()));
    launch(anchor);

    try (PidFd process = process(anchor);
        var guest = new BridgeTraffic(process, mac)) {
      assertThat(guest.inPod("ip", "-o", "address", "show"))
          .contains("br0    inet 169.254.75.10/32")
          .doesNotContain("10.213.0.2")
          .doesNotContain("inet6 fe80");
      guest.goesBothWays();
      assertThat(eventsOf(guest, () -> assertThat(broker.ask(bridge(anchor))).isEqualTo(made)))
          .as("the pod's link, as the bridge is made again under the guest")
          .noneMatch(line -> line.contains("eth0"));
      guest.goesBothWays();
      guest.staysItself();
    }
  }

  @Test
  void what_is_begun_from_outside_reaches_the_given_ports_alone() throws Exception {
    TestPod anchor = dialled();
    String mac = mac(anchor);

    broker.ask(new Request.MakeBridge(anchor.uid, true, List.of("tcp/80", "udp/7777")));
    launch(anchor);

    try (PidFd process = process(anchor);
        var guest = new BridgeTraffic(process, mac)) {
      guest.opensPorts();
    }
  }

  /**
   * What the pod's link was is known before it is changed, so any half of the work can be ended.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "link set dev eth0 nomaster",
        "link set dev eth0 nomaster\nlink set dev eth0 down\nlink set dev eth0 address MAC\n"
            + "address add 10.213.0.2/24 dev eth0\nlink set dev eth0 up",
        "link set dev eth0 down\nlink set dev eth0 address MAC",
        "link set dev eth0 down",
        "address flush dev br0\nlink set dev br0 down\nlink set dev tap0 nomaster",
      })
  void a_broker_that_died_in_the_midst_is_followed_by_one_that_ends_it(String half)
      throws Exception {
    TestPod anchor = dialled();
    String mac = mac(anchor);
    Answer.BridgeMade made = broker.ask(bridge(anchor));
    launch(anchor);

    broker.kill();
    try (Fd namespace = namespace(anchor)) {
      for (String command : half.replace("MAC", mac).lines().toList()) {
        BridgeTraffic.output(namespace, ("ip " + command).split(" "));
      }
    }
    broker.start();

    assertThat(broker.ask(bridge(anchor))).isEqualTo(made);
    try (PidFd process = process(anchor);
        var guest = new BridgeTraffic(process, mac)) {
      guest.goesBothWays();
      guest.staysItself();
    }
  }

  @Test
  void a_pod_that_gave_its_address_away_cannot_masquerade() throws Exception {
    TestPod anchor = dialled();
    broker.ask(bridge(anchor));

    var masquerade =
        new Request.MakeNetwork(anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of());

    assertThatThrownBy(() -> broker.ask(masquerade))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusalReason.BAD_REQUEST))
        .hasMessageContaining("only a new pod");
  }

  private interface Work {
    void run() throws Exception;
  }

  /** What the kernel tells of the pod's links while something is done. */
  private static List<String> eventsOf(BridgeTraffic guest, Work work) throws Exception {
    Process monitor = guest.startInPod("ip", "-o", "monitor", "link");
    try (BufferedReader lines = monitor.inputReader()) {
      guest.inPod("ip", "link", "set", "dev", "lo", "up"); // a link that is down tells nothing
      // Nor does the monitor when it begins to listen: it does once it tells of one of these.
      int mtu = 60_001;
      do {
        guest.inPod("ip", "link", "set", "dev", "lo", "mtu", Integer.toString(mtu++));
      } while (!lines.ready());
      work.run();
      guest.inPod("ip", "link", "set", "dev", "lo", "mtu", "60000");
      var heard = new ArrayList<String>();
      while (heard.isEmpty() || !heard.getLast().contains("mtu 60000 ")) {
        heard.add(Objects.requireNonNull(lines.readLine(), "the monitor ended"));
      }
      return heard;
    } finally {
      monitor.destroyForcibly();
    }
  }

  private static Request.MakeBridge bridge(TestPod anchor) {
    return new Request.MakeBridge(anchor.uid, true, List.of());
  }

  private TestPod dialled() throws Exception {
    var pod = new TestPod(directory.resolve("kubelet"), Role.ANCHOR, UUID.randomUUID().toString());
    pods.add(pod);
    broker.ask(pod.expect());
    pod.mount();
    broker.logged("listening pod=" + pod.uid);
    pod.start();
    assertThat(broker.event(Event.Dialled.class).podUid()).isEqualTo(pod.uid);
    try (Fd namespace = namespace(pod)) {
      BridgeTraffic.output(namespace, "ip", "route", "add", "default", "via", "10.213.0.1");
    }
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

  private PidFd process(TestPod pod) throws Exception {
    return PidFd.open(
        broker.ask(new Request.ListPods()).pods().stream()
            .filter(each -> each.podUid().equals(pod.uid))
            .findFirst()
            .orElseThrow()
            .pid());
  }

  private Fd namespace(TestPod pod) throws Exception {
    Fd known = namespaces.get(pod);
    if (known != null) {
      return known.dup();
    }
    try (PidFd process = process(pod);
        ProcDirectory proc = ProcDirectory.of(process)) {
      Fd namespace = proc.networkNamespace();
      namespaces.put(pod, namespace);
      return namespace.dup();
    }
  }

  private String mac(TestPod pod) throws Exception {
    try (Fd namespace = namespace(pod)) {
      String[] words =
          BridgeTraffic.output(namespace, "ip", "-o", "link", "show", "dev", "eth0").split("\\s+");
      return words[List.of(words).indexOf("link/ether") + 1];
    }
  }
}
