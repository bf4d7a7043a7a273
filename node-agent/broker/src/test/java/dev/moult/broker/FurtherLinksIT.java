package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.broker.BridgeTraffic.Side;
import dev.moult.linux.Fd;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.Answer.BridgeMade;
import dev.moult.wire.Event;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest with a card on each link of its anchor: real broker, real namespaces. Needs root. */
class FurtherLinksIT {
  private static final Source POD = new Source.Tap();
  private static final Source NET1 = new Source.LinkTap("net1");
  private static final Source NET2 = new Source.LinkTap("net2");

  @TempDir Path directory;
  private TestBroker broker;
  private TestPod anchor;

  @BeforeEach
  void start() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: namespaces, cgroups");
    Files.createDirectories(directory.resolve("kubelet/pods"));
    broker = new TestBroker(directory).start();
    anchor = new TestPod(directory.resolve("kubelet"), Role.ANCHOR, UUID.randomUUID().toString());
    broker.ask(anchor.expect());
    anchor.mount();
    broker.logged("listening pod=" + anchor.uid);
    anchor.start();
    broker.event(Event.Dialled.class);
    for (int number : List.of(1, 2)) {
      inPod("ip", "link", "add", "net" + number, "type", "veth", "peer", "name", "peer" + number);
      inPod("ip", "link", "set", "peer" + number, "up");
      inPod("ip", "link", "set", "net" + number, "up");
    }
    inPod("ip", "address", "add", "10.213.1.2/24", "dev", "net1");
    inPod("ip", "route", "add", "10.213.64.0/18", "via", "10.213.1.1");
    inPod("ip", "link", "set", "net2", "mtu", "9000");
  }

  @AfterEach
  void stop() throws Exception {
    if (broker != null) {
      broker.close();
    }
    if (anchor != null) {
      anchor.close();
    }
  }

  @Test
  void a_hidden_guest_has_what_the_further_links_had() throws Exception {
    String mac1 = mac("net1");
    String mac2 = mac("net2");
    broker.ask(masquerade());
    BridgeMade first = broker.ask(bridge("net1"));
    BridgeMade second = broker.ask(bridge("net2"));
    launch(POD, NET1, NET2);

    assertThat(first)
        .isEqualTo(
            new BridgeMade(
                1500, "10.213.1.2", 24, mac1, null, List.of("10.213.64.0/18,10.213.1.1")));
    assertThat(second).isEqualTo(new BridgeMade(9000, "", 0, mac2, null, List.of()));
    assertThat(inPod("ip", "-o", "link", "show", "dev", "br1"))
        .as("what the guest's DHCP server reads")
        .contains("alias 10.213.1.2 255.255.255.0 " + mac1 + " - 10.213.64.0/18,10.213.1.1");
    assertThat(inPod("ip", "-o", "link", "show", "dev", "br2"))
        .contains("alias - - " + mac2 + " - -");
    assertThat(broker.ask(bridge("net1"))).as("made again").isEqualTo(first);
    assertThat(broker.ask(bridge("net2"))).as("made again").isEqualTo(second);
    broker.ask(masquerade());
    try (PidFd process = process()) {
      GuestTraffic.check(process);
      try (var guest = new BridgeTraffic(process, mac1, Side.further(1, 1))) {
        guest.goesBothWays();
        guest.staysItself();
      }
      try (var guest = new BridgeTraffic(process, mac2, Side.further(2, 2))) {
        guest.passesFrames();
      }
    }
  }

  @Test
  void a_guest_with_the_pods_address_has_those_of_further_links_too() throws Exception {
    String mac0 = mac("eth0");
    String mac1 = mac("net1");
    BridgeMade first = broker.ask(bridge("net1"));
    broker.ask(new Request.MakeBridge(anchor.uid, true, List.of()));
    launch(NET1, POD);

    try (PidFd process = process();
        var pod =
            new BridgeTraffic(
                process, mac0, new Side(Slots.tap(1), "peer0", "10.213.0.", "moult"));
        var further = new BridgeTraffic(process, mac1, Side.further(1, 0))) {
      pod.goesBothWays();
      further.goesBothWays();

      broker.kill();
      broker.start();

      assertThat(broker.ask(bridge("net1"))).isEqualTo(first);
      further.staysItself();
      pod.goesBothWays();
      pod.staysItself();
    }
  }

  @Test
  void holds_the_header_sizes_of_all_taps() throws Exception {
    broker.ask(masquerade());
    broker.ask(bridge("net1"));
    launch(POD, NET1);
    try (PidFd process = process();
        Tap first = Tap.adopt(process.getFd(Slots.tap(0)));
        Tap second = Tap.adopt(process.getFd(Slots.tap(1)))) {
      assertThat(first.attachment().name()).isEqualTo("tap0");
      assertThat(second.attachment().name()).isEqualTo("tap1");
      first.setVnetHeaderSize(12);
      second.setVnetHeaderSize(12);
      broker.ask(new Request.WatchTap(anchor.uid, true));
      assertThat(directory.resolve("run/taps"))
          .isDirectoryContaining("glob:**/" + anchor.uid + "." + Slots.tap(1));

      first.setVnetHeaderSize(10);
      second.setVnetHeaderSize(10);

      await().untilAsserted(() -> assertThat(first.vnetHeaderSize()).isEqualTo(12));
      await().untilAsserted(() -> assertThat(second.vnetHeaderSize()).isEqualTo(12));
      assertThat(broker.ask(new Request.WatchTap(anchor.uid, false)).restored()).isEqualTo(2);
      assertThat(directory.resolve("run/taps")).isEmptyDirectory();
    }
  }

  @Test
  void queues_are_those_of_the_pod_networks_tap_whichever_card_has_it() throws Exception {
    var pod = new Request.MakeBridge(anchor.uid, true, List.of(), 2);
    broker.ask(bridge("net1"));
    broker.ask(pod);
    launch(NET1, POD, new Source.TapQueue(1));
    broker.ask(pod); // made again: it is this anchor's, each queue

    try (PidFd process = process();
        Tap first = Tap.adopt(process.getFd(Slots.tap(1)));
        Tap second = Tap.adopt(process.getFd(Slots.tapQueue(1)))) {
      assertThat(first.attachment().name()).isEqualTo("tap0");
      assertThat(second.attachment().name()).isEqualTo("tap0");

      second.setQueueAttached(false);
      assertThat(broker.ask(new Request.WatchTap(anchor.uid, true)).idle()).isEqualTo(1);
      broker.ask(new Request.WatchTap(anchor.uid, false));

      second.setQueueAttached(true);
      assertThat(broker.ask(new Request.WatchTap(anchor.uid, true)).idle()).isZero();
      second.setQueueAttached(false);
      await().untilAsserted(() -> assertThat(second.isQueueAttached()).isTrue());
      broker.ask(new Request.WatchTap(anchor.uid, false));
    }
  }

  @Test
  void a_link_that_is_not_there_is_named() {
    assertThatThrownBy(() -> broker.ask(bridge("net3")))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusalReason.NETWORK_FAILED))
        .hasMessageContaining("has no interface net3")
        .hasMessageContaining("k8s.v1.cni.cncf.io/networks");
  }

  @Test
  void a_tap_that_nobody_made_cannot_be_had() {
    assertThatThrownBy(() -> launch(NET1))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusalReason.BAD_REQUEST))
        .hasMessageContaining("no network was made for the link net1");
  }

  private Request.MakeNetwork masquerade() {
    return new Request.MakeNetwork(anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of());
  }

  private Request.BridgeLink bridge(String link) {
    return new Request.BridgeLink(anchor.uid, link, true);
  }

  /** As many cards as there are taps; what is a queue comes after them. */
  private void launch(Source... taps) throws Exception {
    var operations = new ArrayList<Operation>();
    operations.add(new Operation.CreateRam(Slots.RAM, 32L << 20, 0));
    operations.add(new Operation.Receive(Slots.MEET));
    var sources = new ArrayList<Source>();
    sources.add(new Source.Meeting());
    for (int nic = 0; nic < taps.length; nic++) {
      operations.add(
          new Operation.Receive(
              taps[nic] instanceof Source.TapQueue further
                  ? Slots.tapQueue(further.queue())
                  : Slots.tap(nic)));
      sources.add(taps[nic]);
    }
    broker.ask(
        new Request.SendPlan(
            anchor.uid, anchor.uid, new Plan(operations, List.of(), List.of()), sources));
    broker.event(Event.Launched.class);
  }

  private PidFd process() throws Exception {
    return PidFd.open(
        broker.ask(new Request.ListPods()).pods().stream()
            .filter(each -> each.podUid().equals(anchor.uid))
            .findFirst()
            .orElseThrow()
            .pid());
  }

  private String inPod(String... command) throws Exception {
    try (PidFd process = process();
        ProcDirectory proc = ProcDirectory.of(process);
        Fd namespace = proc.networkNamespace()) {
      return BridgeTraffic.output(namespace, command);
    }
  }

  private String mac(String link) throws Exception {
    String[] words = inPod("ip", "-o", "link", "show", "dev", link).split("\\s+");
    return words[List.of(words).indexOf("link/ether") + 1];
  }
}
